// The data keys that are not one patient's: names, CMK, dates. Ids are short enough to compare by eye.
import { Panel } from '@/components/ui/panel';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { translator } from '@/lib/i18n/server';
import type { KeyEntry } from '@/lib/keys/inventory';
import { preferences } from '@/lib/preferences';
import { momentText } from './moment-text';

interface SharedKeysProps {
  keys: readonly KeyEntry[];
  timeZone: string;
}

const COLUMNS = ['name', 'state', 'under', 'created', 'rewrapped', 'id'] as const;

export async function SharedKeys({ keys, timeZone }: SharedKeysProps) {
  const [t, { locale }] = await Promise.all([translator('keys'), preferences()]);
  return (
    <Panel title={t('shared.title')} flush>
      <ScrollRegion label={t('shared.table')}>
        <table className="w-full border-collapse text-sm whitespace-nowrap">
          <caption className="sr-only">{t('shared.caption')}</caption>
          <thead>
            <tr className="text-soft text-left text-xs">
              {COLUMNS.map((column) => (
                <th
                  key={column}
                  scope="col"
                  className="px-2.5 py-1.5 font-medium first:pl-4 last:pr-4"
                >
                  {t(`shared.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key.id} className="border-line border-t align-baseline">
                <th scope="row" className="py-1.5 pr-2.5 pl-4 text-left font-medium">
                  {key.altNames.join(', ') || t('shared.noName')}
                </th>
                <td className="px-2.5 py-1.5">{t(`keyState.${key.state}`)}</td>
                <td className="px-2.5 py-1.5">{key.cmk}</td>
                <td className="px-2.5 py-1.5">{momentText(key.created, timeZone, locale)}</td>
                <td className="px-2.5 py-1.5">
                  {key.rotated === null
                    ? t('shared.never')
                    : momentText(key.rotated, timeZone, locale)}
                </td>
                <td className="text-soft py-1.5 pr-4 pl-2.5 text-xs">{key.id}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}
