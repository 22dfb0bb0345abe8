// The review queue of emergency accesses: what awaits review, and what was found. Names no patient.
import type { ReactNode } from 'react';
import type { Metadata } from 'next';
import { loadForPage } from '@/app/guard';
import { clinicTimeZone, formatMoment } from '@/components/format';
import { AccessFacts } from '@/components/emergency/access-facts';
import { ReviewForm } from '@/components/emergency/review-form';
import { StopButton } from '@/components/emergency/stop-button';
import { PageHeading } from '@/components/shell/page-heading';
import { Panel } from '@/components/ui/panel';
import { listEmergencyAccesses } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import { preferences } from '@/lib/preferences';
import type { EmergencyAccessView } from '@/schemas/emergency-access';
import { reviewAction, stopAction } from './actions';

export async function generateMetadata(): Promise<Metadata> {
  const t = await translator('emergency');
  return { title: t('review.title') };
}

export default async function EmergencyPage() {
  const [{ awaiting, reviewed }, t] = await Promise.all([
    loadForPage((staff) => listEmergencyAccesses(staff)),
    translator('emergency'),
  ]);
  return (
    <>
      <PageHeading title={t('review.title')} lead={t('review.lead')} />
      <div className="grid max-w-4xl gap-3">
        <Panel
          title={t('review.awaiting')}
          aside={<Count>{t('review.count', { count: awaiting.length })}</Count>}
          flush
        >
          {awaiting.length === 0 ? (
            <p className="text-soft px-4 py-4">{t('review.awaitingNone')}</p>
          ) : (
            <ul aria-label={t('review.awaiting')}>
              {awaiting.map((access) => (
                <Item key={access.id} access={access}>
                  <Awaiting access={access} />
                </Item>
              ))}
            </ul>
          )}
        </Panel>
        <Panel
          title={t('review.reviewed')}
          aside={
            reviewed.length > 0 && <Count>{t('review.count', { count: reviewed.length })}</Count>
          }
          flush
        >
          {reviewed.length === 0 ? (
            <p className="text-soft px-4 py-4">{t('review.reviewedNone')}</p>
          ) : (
            <ul aria-label={t('review.reviewed')}>
              {reviewed.map((access) => (
                <Item key={access.id} access={access}>
                  <Verdict access={access} />
                </Item>
              ))}
            </ul>
          )}
        </Panel>
      </div>
    </>
  );
}

function Count({ children }: { children: string }) {
  return <span className="text-soft text-sm">{children}</span>;
}

function Item({ access, children }: { access: EmergencyAccessView; children: ReactNode }) {
  return (
    <li className="border-line border-b px-4 py-3 last:border-b-0">
      <AccessFacts access={access} />
      {children}
    </li>
  );
}

async function Awaiting({ access }: { access: EmergencyAccessView }) {
  const t = await translator('emergency');
  const { id, doctor } = access;
  if (access.endedAt === null) {
    return (
      <div className="mt-2 flex flex-wrap items-center gap-3">
        <StopButton doctor={doctor} stop={stopAction.bind(null, id)} />
        <p className="text-soft">{t('review.waits')}</p>
      </div>
    );
  }
  if (access.own) return <p className="text-soft mt-2">{t('review.own')}</p>;
  return <ReviewForm id={id} doctor={doctor} review={reviewAction} />;
}

async function Verdict({ access: { review } }: { access: EmergencyAccessView }) {
  if (review === null) return null;
  const [t, { locale }] = await Promise.all([translator('emergency'), preferences()]);
  const { day, time } = formatMoment(review.at, clinicTimeZone(), locale);
  const verdict = t(`review.${review.verdict}`);
  return (
    <p className="mt-2">
      <span className="font-medium">
        {t('review.by', { verdict, name: review.by, moment: `${day} ${time}` })}
      </span>
      {review.note !== '' && <> — {review.note}</>}
    </p>
  );
}
