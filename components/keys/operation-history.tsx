// What was done with keys, the last first.
import { Panel } from '@/components/ui/panel';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { translator } from '@/lib/i18n/server';
import type { OperationRecord } from '@/lib/keys/operations';
import { preferences } from '@/lib/preferences';
import { momentText } from './moment-text';
import { operationKey } from './wording';

interface OperationHistoryProps {
  finished: readonly OperationRecord[];
  timeZone: string;
}

const COLUMNS = ['operation', 'began', 'ended', 'from'] as const;

export async function OperationHistory({ finished, timeZone }: OperationHistoryProps) {
  const [t, { locale }] = await Promise.all([translator('keys'), preferences()]);
  const nameOf = (kind: string): string => {
    const key = operationKey(kind);
    return key === undefined ? kind : t(key);
  };
  return (
    <Panel title={t('history.title')} flush>
      {finished.length === 0 ? (
        <p className="text-soft px-4 py-4">{t('history.none')}</p>
      ) : (
        <ScrollRegion label={t('history.table')}>
          <table className="w-full border-collapse text-sm whitespace-nowrap">
            <caption className="sr-only">{t('history.caption')}</caption>
            <thead>
              <tr className="text-soft text-left text-xs">
                {COLUMNS.map((column) => (
                  <th key={column} scope="col" className="px-4 py-1.5 font-medium">
                    {t(`history.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {finished.map((operation) => (
                <tr key={operation.operationId} className="border-line border-t">
                  <th scope="row" className="px-4 py-1.5 text-left font-medium">
                    {nameOf(operation.kind)}
                  </th>
                  <td className="px-4 py-1.5">
                    {momentText(operation.startedAt, timeZone, locale)}
                  </td>
                  <td className="px-4 py-1.5">
                    {operation.finishedAt === null
                      ? ''
                      : momentText(operation.finishedAt, timeZone, locale)}
                  </td>
                  <td className="px-4 py-1.5">
                    {operation.startedBy === null ? t('history.tool') : t('history.console')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </Panel>
  );
}
