// The map of what protects what: CMK, data keys under it, fields under those, records that have them.
import { Notice } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { translator } from '@/lib/i18n/server';
import type { KeyInventory } from '@/lib/keys/inventory';
import { preferences } from '@/lib/preferences';
import { momentText } from './moment-text';

interface KeyMapProps {
  inventory: KeyInventory;
  timeZone: string;
}

export async function KeyMap({ inventory, timeZone }: KeyMapProps) {
  const [t, { locale }] = await Promise.all([translator('keys'), preferences()]);
  const { cmks, counts, patients, keys, policy, lastRotation } = inventory;
  const shared = keys.filter(({ purpose }) => purpose === 'shared');
  const ofPatients = patients.total - patients.erased - patients.withoutKey;
  const unknown = counts.byState.unknown;
  return (
    <Panel
      title={t('map.title')}
      flush
      aside={
        <span className="text-soft text-sm">
          {lastRotation === null
            ? t('map.neverRotated')
            : t('map.lastRotation', { moment: momentText(lastRotation, timeZone, locale) })}
        </span>
      }
    >
      {unknown > 0 && (
        <Notice tone="danger" title={t('map.unknownTitle')} className="m-4">
          <p>
            {t.rich('map.unknownText', {
              count: unknown,
              code: (chunks) => <code key="code">{chunks}</code>,
            })}
          </p>
        </Notice>
      )}
      <ScrollRegion label={t('map.table')}>
        <table className="w-full border-collapse text-sm">
          <caption className="sr-only">{t('map.caption')}</caption>
          <thead>
            <tr className="text-soft text-left text-xs">
              <Head label={t('map.cmk')} />
              <Head label={t('map.dataKeys')} right />
              <Head label={t('map.newOnes')} />
            </tr>
          </thead>
          <tbody>
            {cmks.map(({ cmk, keys: count }) => (
              <tr key={cmk} className="border-line border-t align-baseline">
                <th scope="row" className="px-4 py-1.5 text-left font-medium break-all">
                  {cmk}
                </th>
                <td className="px-4 py-1.5 text-right">{count.toLocaleString(locale)}</td>
                <td className="px-4 py-1.5">
                  {cmk === policy.cmk ? t('map.madeUnder') : t('map.no')}
                </td>
              </tr>
            ))}
          </tbody>
          <thead>
            <tr className="text-soft border-line border-t text-left text-xs">
              <Head label={t('map.dataKey')} />
              <Head label={t('map.records')} right />
              <Head label={t('map.fields')} />
            </tr>
          </thead>
          <tbody>
            {shared.map((key) => (
              <tr key={key.id} className="border-line border-t align-baseline">
                <th scope="row" className="px-4 py-1.5 text-left font-medium">
                  {key.state === 'active'
                    ? t('map.shared')
                    : t('map.sharedInState', { state: t(`keyState.${key.state}`) })}
                </th>
                <td className="px-4 py-1.5 text-right">{key.records.toLocaleString(locale)}</td>
                <td className="px-4 py-1.5">{t('map.sharedFields')}</td>
              </tr>
            ))}
            <tr className="border-line border-t align-baseline">
              <th scope="row" className="px-4 py-1.5 text-left font-medium">
                {t('map.own')}
              </th>
              <td className="px-4 py-1.5 text-right">{ofPatients.toLocaleString(locale)}</td>
              <td className="px-4 py-1.5">{t('map.ownFields')}</td>
            </tr>
          </tbody>
        </table>
      </ScrollRegion>
      <p className="border-line text-soft border-t px-4 py-2 text-sm">
        {t('map.patients', {
          total: patients.total,
          erased: patients.erased,
          withoutKey: patients.withoutKey,
        })}{' '}
        {inventory.cacheMs === null
          ? t('map.cachedForEver')
          : t('map.cachedFor', { seconds: Math.ceil(inventory.cacheMs / 1000) })}
      </p>
    </Panel>
  );
}

function Head({ label, right = false }: { label: string; right?: boolean }) {
  return (
    <th scope="col" className={`px-4 py-1.5 font-medium ${right ? 'text-right' : ''}`}>
      {label}
    </th>
  );
}
