// The operation under way: its step, how far that is, and how fast.
import { Panel } from '@/components/ui/panel';
import { translator } from '@/lib/i18n/server';
import type { OperationRecord } from '@/lib/keys/operations';
import { operationKey, phaseKey } from './wording';

export async function OperationProgress({ operation: record }: { operation: OperationRecord }) {
  const t = await translator('keys');
  const { kind, phase: step, done, total } = record;
  const [kindKey, stepKey] = [operationKey(kind), phaseKey(step)];
  const operation = kindKey === undefined ? kind : t(kindKey);
  const phase = stepKey === undefined ? step : t(stepKey);
  const rate = rateOf(record);
  return (
    <Panel title={t('progress.title', { operation })}>
      <p role="status" className="mb-2">
        {total === 0
          ? t('progress.step', { phase })
          : rate === null
            ? t('progress.stepOf', { phase, done, total })
            : t('progress.stepAt', { phase, done, total, rate })}
      </p>
      {total > 0 && (
        <progress
          aria-label={t('progress.bar', { operation })}
          className="bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent h-2 w-full appearance-none overflow-hidden rounded-full"
          value={done}
          max={total}
        />
      )}
      <p className="text-soft mt-2 text-sm">{t('progress.hint')}</p>
    </Panel>
  );
}

/** Done a second; null where that says nothing: at the beginning, and for seconds that are waited. */
function rateOf({ phase, done, startedAt, savedAt }: OperationRecord): number | null {
  if (phase === 'wait') return null;
  const seconds = (savedAt.getTime() - startedAt.getTime()) / 1000;
  return seconds > 0 && done > 0 ? Math.max(1, Math.round(done / seconds)) : null;
}
