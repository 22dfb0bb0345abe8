// The alerts in force, as the banner of every chart page shows them. That nobody has asked is said, too: it is not the
// same as that there are none.
import { CircleHelp, OctagonAlert, ShieldCheck, TriangleAlert } from 'lucide-react';
import { translator } from '@/lib/i18n/server';
import type { Alert } from '@/schemas/dto';

export async function AlertStrip({ alerts }: { alerts: readonly Alert[] }) {
  const t = await translator('record');
  const inForce = alerts.filter(({ ended }) => ended === undefined);
  const of = (kind: Alert['kind']): Alert[] => inForce.filter((alert) => alert.kind === kind);
  const [allergies, warnings] = [of('allergy'), of('warning')];
  return (
    <section
      aria-label={t('alertStrip')}
      className="border-line mt-2.5 flex flex-wrap items-center gap-x-4 gap-y-1.5 border-t pt-2.5"
    >
      {allergies.length > 0 ? (
        <p className="text-danger flex flex-wrap items-center gap-1.5">
          <OctagonAlert aria-hidden className="size-4 shrink-0" />
          <span className="text-sm font-semibold">{t('allergies')}</span>
          {allergies.map(({ id, text }) => (
            <Tag key={id} look="border-danger/40 bg-danger-wash">
              {text}
            </Tag>
          ))}
        </p>
      ) : of('no-known-allergies').length > 0 ? (
        <p className="flex items-center gap-1.5 text-sm">
          <ShieldCheck aria-hidden className="text-good size-4 shrink-0" />
          {t('noKnownAllergies')}
        </p>
      ) : (
        <p className="text-soft flex items-center gap-1.5 text-sm">
          <CircleHelp aria-hidden className="size-4 shrink-0" />
          {t('allergiesNotRecorded')}
        </p>
      )}
      {warnings.length > 0 && (
        <p className="text-caution flex flex-wrap items-center gap-1.5">
          <TriangleAlert aria-hidden className="size-4 shrink-0" />
          <span className="text-sm font-semibold">{t('warnings')}</span>
          {warnings.map(({ id, text }) => (
            <Tag key={id} look="border-caution/40 bg-caution-wash">
              {text}
            </Tag>
          ))}
        </p>
      )}
    </section>
  );
}

function Tag({ look, children }: { look: string; children: string }) {
  return (
    <span className={`text-ink rounded-sm border px-1.5 py-px text-sm font-medium ${look}`}>
      {children}
    </span>
  );
}
