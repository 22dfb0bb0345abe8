'use client';
// Adds one set of vital signs. The server's clock gives the time; the entry's key makes sure that sending it twice saves it
// once. On any failure what was typed stays, and a copy of it is kept on the server until it is saved or discarded.
import { useState } from 'react';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { useTranslations } from 'use-intl';
import { leaveIfSignedOut, UNREACHABLE, type ActionResult } from '@/components/form/action-result';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import { measurementSchemaIn, type VitalsEntryInput } from '@/schemas/measurement';
import type { Units } from '@/schemas/preferences';
import type { VitalsDraft } from '@/schemas/vitals-draft';
import { RestoredNotice } from './restored-notice';
import { useDraft, useKeptCopy, useRestored } from './use-draft';
import { useLeaveWarning } from './use-leave-warning';
import { EMPTY_ENTRY, VitalsFields, type EntryForm } from './vitals-fields';

/** An unsaved entry, with the moment at which it was begun written out. */
export type RestoredDraft = VitalsDraft & { day: string; time: string };

interface VitalsEntryProps {
  patientId: string;
  units: Units;
  ageInMonths: number;
  draft: RestoredDraft | null;
  add: (input: VitalsEntryInput) => Promise<ActionResult<{ savedAt: string }>>;
  discard: (entryKey: string) => Promise<ActionResult>;
}

export function VitalsEntry({
  patientId,
  units: preferred,
  ageInMonths,
  draft,
  add,
  discard,
}: VitalsEntryProps) {
  const t = useTranslations('vitals');
  // Read once: what the page reads later is a copy of what is in the boxes.
  const [restored, setRestored] = useState(draft);
  const [units, setUnits] = useState(draft?.units ?? preferred);
  const [entryKey, setEntryKey] = useState<string>(() => draft?.entryKey ?? crypto.randomUUID());
  const [measuredThen, setMeasuredThen] = useState(true);
  const [savedAt, setSavedAt] = useState<string>();
  const [notDiscarded, setNotDiscarded] = useState<string>();
  const form: EntryForm = useForm({
    resolver: zodResolver(measurementSchemaIn(units, ageInMonths)),
    defaultValues: EMPTY_ENTRY,
    mode: 'onTouched',
  });
  const { isDirty } = form.formState;
  // 70 kg must not become 70 lb under somebody's hands: another preference counts from the next entry on.
  if (units !== preferred && !isDirty && restored === null) setUnits(preferred);
  const keeper = useDraft(`/patients/${patientId}/draft`);
  useKeptCopy(form, keeper, { entryKey, units });
  useLeaveWarning(keeper.state === 'waiting' || keeper.state === 'failed');
  useRestored(form, restored);

  const startAnew = (): void => {
    keeper.changed(null);
    form.reset(EMPTY_ENTRY, { keepFieldsRef: true });
    setEntryKey(crypto.randomUUID());
    setRestored(null);
    form.setFocus('weightKg');
  };
  const { submit, failure, pending } = useServerSubmit(
    form,
    async (values) => {
      keeper.pause();
      const then = restored !== null && measuredThen;
      const result = await add({ entryKey, units, values, measuredThen: then }).catch(
        () => UNREACHABLE,
      );
      if (!result.ok) keeper.resume();
      return result;
    },
    (value) => {
      startAnew();
      setSavedAt(value.savedAt);
    },
  );
  const throwAway = async (): Promise<void> => {
    setNotDiscarded(undefined);
    keeper.changed(null);
    await keeper.settled();
    const result = await discard(entryKey).catch(() => UNREACHABLE);
    if (result.ok) {
      startAnew();
      return;
    }
    leaveIfSignedOut(result);
    setNotDiscarded(result.message);
  };
  return (
    <Panel title={t('title')} id="add-measurement" className="print:hidden">
      {restored !== null && (
        <RestoredNotice
          day={restored.day}
          time={restored.time}
          measuredThen={measuredThen}
          chooseThen={setMeasuredThen}
          discard={() => void throwAway()}
        />
      )}
      <Form
        label={t('title')}
        className="space-y-2"
        onSubmit={() => {
          setSavedAt(undefined);
          submit();
        }}
      >
        <VitalsFields form={form} context={{ units, ageInMonths }} />
        <FormFailure message={failure ?? notDiscarded} />
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Button type="submit" tone="primary" pending={pending} disabled={!isDirty}>
            {t('save')}
          </Button>
          <Live>
            {savedAt !== undefined && !isDirty && (
              <span className="text-good text-sm">{t('savedAt', { time: savedAt })}</span>
            )}
            {isDirty && keeper.state === 'failed' && (
              <span className="text-caution text-sm">{t('draftFailed')}</span>
            )}
          </Live>
          {isDirty && keeper.state === 'kept' && (
            <span className="text-soft text-xs">{t('draftKept')}</span>
          )}
        </div>
      </Form>
    </Panel>
  );
}
