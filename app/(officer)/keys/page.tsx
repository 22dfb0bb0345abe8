// The key console: what wraps what, what two officers have to agree on, what is under way and what was done.
import type { Metadata } from 'next';
import { loadForPage } from '@/app/guard';
import { clinicTimeZone } from '@/components/format';
import { KeepFresh } from '@/components/keys/keep-fresh';
import { KeyMap } from '@/components/keys/key-map';
import { OperationHistory } from '@/components/keys/operation-history';
import { OperationProgress } from '@/components/keys/operation-progress';
import { RequestForm } from '@/components/keys/request-form';
import { RequestList } from '@/components/keys/request-list';
import { SharedKeys } from '@/components/keys/shared-keys';
import { PageHeading } from '@/components/shell/page-heading';
import { readKeyConsole } from '@/lib/data';
import { translator } from '@/lib/i18n/server';
import {
  approveAction,
  findSubjectAction,
  refuseAction,
  requestAction,
  resumeAction,
} from './actions';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await translator('keys'))('title') };
}

/** Each look is an event of the audit log: seldom while only an answer is awaited. */
const ACTIVE_MS = 2000;
const WAITING_MS = 15_000;

export default async function KeysPage() {
  const { inventory, requests, finished, providers } = await loadForPage(readKeyConsole);
  const t = await translator('keys');
  const timeZone = clinicTimeZone();
  const { unfinished } = inventory;
  // An approved operation is not in the journal at once, and its request learns of the end a moment after it.
  const isActive = unfinished !== null || requests.some(({ underWay }) => underWay);
  const isWaiting = requests.some(({ state }) => state === 'open');
  return (
    <>
      <PageHeading title={t('title')} />
      {(isActive || isWaiting) && <KeepFresh everyMs={isActive ? ACTIVE_MS : WAITING_MS} />}
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 gap-3">
          {unfinished !== null && <OperationProgress operation={unfinished} />}
          <RequestList
            requests={requests}
            timeZone={timeZone}
            approve={approveAction}
            refuse={refuseAction}
            resume={resumeAction}
          />
          <KeyMap inventory={inventory} timeZone={timeZone} />
          <SharedKeys keys={inventory.keys} timeZone={timeZone} />
          <OperationHistory finished={finished} timeZone={timeZone} />
        </div>
        <RequestForm providers={providers} request={requestAction} find={findSubjectAction} />
      </div>
    </>
  );
}
