// Bench: proof that the server answers an SSN lookup from the index, in clear and as ciphertext.
import type { Document } from 'mongodb';
import type { BenchClinic } from './clinic.ts';
import { patientId, ssnToFind } from './patients.ts';

interface LookupPlan {
  readonly stage: string;
  readonly index: string;
  readonly keys: number;
  readonly documents: number;
}

/**
 * Asks the server how it answers the query that the doctors' client sends, and the plain one.
 * Returns a line for each; throws if either reads more than one document.
 */
export async function proveIndex({ stored, plain, size }: BenchClinic): Promise<string[]> {
  const middle = Math.floor(size / 2);
  const sample = await stored.findOne({ _id: patientId(middle) });
  if (sample?.ssn.sub_type !== 6) throw new Error('Expected the stored SSN to be ciphertext');
  const explained = {
    'by ciphertext': await stored.find({ ssn: sample.ssn }).explain('executionStats'),
    'in the twin': await plain.find({ ssn: ssnToFind(middle) }).explain('executionStats'),
  };
  return Object.entries(explained).map(([what, answer]) => {
    const { stage, index, keys, documents } = readPlan(answer);
    if (stage !== 'IXSCAN' || keys !== 1 || documents !== 1) {
      throw new Error('Expected the lookup to use the index on `ssn` and to read one document');
    }
    return `${what}: ${stage} ${index}, keys examined ${keys}, documents examined ${documents}`;
  });
}

function readPlan(explained: Document): LookupPlan {
  const { queryPlanner, executionStats } = explained as {
    queryPlanner: { winningPlan: Document };
    executionStats: { totalKeysExamined: number; totalDocsExamined: number };
  };
  let stage = queryPlanner.winningPlan;
  while (stage['inputStage'] !== undefined) stage = stage['inputStage'] as Document;
  return {
    stage: String(stage['stage']),
    index: String(stage['indexName']),
    keys: executionStats.totalKeysExamined,
    documents: executionStats.totalDocsExamined,
  };
}
