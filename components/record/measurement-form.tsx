'use client';
// Adds one set of vital signs. Units stand beside the boxes, pressure is two boxes joined by a slash,
// the server's clock gives the time. On any failure what was typed stays.
import { useRef, useState } from 'react';
import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import type { ActionResult } from '@/components/form/action-result';
import { Field } from '@/components/form/field';
import { NoteField } from '@/components/form/note-field';
import { messageAt } from '@/components/form/field-errors';
import { Form, FormFailure } from '@/components/form/form';
import { useServerSubmit } from '@/components/form/server-submit';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import { Panel } from '@/components/ui/panel';
import { measurementSchema, type MeasurementInput } from '@/schemas/measurement';
import { PressureFields } from './pressure-fields';

const EMPTY: MeasurementInput = {
  weightKg: '',
  heartRate: '',
  systolic: '',
  diastolic: '',
  temperatureC: '',
  respiratoryRate: '',
  oxygenSaturation: '',
  note: '',
};

interface MeasurementFormProps {
  add: (input: MeasurementInput) => Promise<ActionResult<{ savedAt: string }>>;
}

export function MeasurementForm({ add }: MeasurementFormProps) {
  const form = useForm({ resolver: zodResolver(measurementSchema), defaultValues: EMPTY });
  const [savedAt, setSavedAt] = useState<string>();
  const first = useRef<HTMLInputElement>(null);
  const { submit, failure, pending } = useServerSubmit(form, add, (value) => {
    form.reset(EMPTY);
    setSavedAt(value.savedAt);
    first.current?.focus();
  });
  const { errors, isDirty } = form.formState;
  const bind = (name: keyof MeasurementInput) => ({
    ...form.register(name),
    error: messageAt(errors, name),
  });
  const number = { inputMode: 'decimal', autoComplete: 'off' } as const;
  const { ref: bindFirst, ...weight } = bind('weightKg');

  return (
    <Panel title="Add measurement" id="add-measurement" className="print:hidden">
      <Form
        label="Add measurement"
        className="space-y-2"
        onSubmit={() => {
          setSavedAt(undefined);
          submit();
        }}
      >
        <Field
          inline
          label="Weight"
          unit="kg"
          {...number}
          {...weight}
          ref={(element) => {
            bindFirst(element);
            first.current = element;
          }}
        />
        <Field inline label="Heart rate" unit="/min" {...number} {...bind('heartRate')} />
        <PressureFields systolic={bind('systolic')} diastolic={bind('diastolic')} />
        <Field inline label="Temperature" unit="°C" {...number} {...bind('temperatureC')} />
        <Field
          inline
          label="Respiratory rate"
          unit="/min"
          {...number}
          {...bind('respiratoryRate')}
        />
        <Field
          inline
          label="Oxygen saturation"
          unit="%"
          {...number}
          {...bind('oxygenSaturation')}
        />
        <NoteField label="Note" optional rows={2} {...bind('note')} />
        <FormFailure message={failure} />
        <div className="flex items-center gap-3">
          <Button type="submit" tone="primary" pending={pending}>
            Save measurement
          </Button>
          <Live>
            {savedAt !== undefined && !isDirty && (
              <span className="text-good text-sm">Saved at {savedAt}</span>
            )}
          </Live>
        </div>
      </Form>
    </Panel>
  );
}
