// A process of the proof that has read a record and keeps its key in memory: it reads when it is told to, through the
// data layer and through the doctors' own client beneath it.
import { ObjectId } from 'mongodb';
import type { Staff } from '@/lib/auth/permissions';
import { closeConnections, doctorPatients } from '@/lib/db/connections';
import { getPatientRecord } from '@/lib/data';

export interface ReadOrder {
  id: string;
  doctor: Staff;
}

export interface ReadResult {
  /** What the doctors' client made of the fields under the patient's own key. */
  raw: 'clear' | 'fails';
  /** What a page would show. */
  page: 'clear' | 'erased';
}

async function read({ id, doctor }: ReadOrder): Promise<ReadResult> {
  const record = await getPatientRecord(doctor, id);
  const patients = await doctorPatients();
  const raw = await patients.findOne({ _id: new ObjectId(id) }).then(
    () => 'clear' as const,
    () => 'fails' as const,
  );
  return { raw, page: record.visits.state };
}

process.on('message', (order: ReadOrder) => {
  void read(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => {
  void closeConnections().then(() => process.exit(0));
});
process.send?.('ready');
