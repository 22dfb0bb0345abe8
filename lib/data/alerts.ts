// Allergies and warnings. `alerts` is encrypted as a whole, like the visits. An alert is never deleted; it ends, and says
// why.
import 'server-only';
import { randomUUID } from 'node:crypto';
import type { Staff } from '@/lib/auth/permissions';
import { MOST_ALERTS, type AlertData, type EndAlert } from '@/schemas/alert';
import type { Alert } from '@/schemas/dto';
import { message } from '@/schemas/message';
import { answer, patientObjectId } from './access';
import { DataError } from './errors';
import { changeRecord } from './sealed-writes';

/**
 * Adds an alert. An allergy ends `no-known-allergies`, which cannot be added beside one. Throws DataError `INVALID` for
 * that, for one that is in force already and for too many; `ERASED`; `CONFLICT` while the registration is incomplete.
 */
export async function addAlert(staff: Staff, id: string, input: AlertData): Promise<Alert> {
  return changeAlerts(staff, id, (alerts, stamp) => {
    const inForce = alerts.filter(({ ended }) => ended === undefined);
    if (inForce.length >= MOST_ALERTS) throw refused('record.tooManyAlerts', { max: MOST_ALERTS });
    const isSame = (alert: Alert): boolean =>
      alert.kind === input.kind && folded(alert.text) === folded(input.text);
    if (inForce.some(isSame)) throw refused('record.alertIsThere');
    if (input.kind === 'no-known-allergies' && inForce.some(({ kind }) => kind === 'allergy')) {
      throw refused('record.allergiesAreThere');
    }
    const alert: Alert = { id: randomUUID(), ...input, added: stamp };
    const kept = alerts.map((other) =>
      input.kind === 'allergy' && other.kind === 'no-known-allergies' && other.ended === undefined
        ? { ...other, ended: { ...stamp, reason: input.text } }
        : other,
    );
    return { alerts: [...kept, alert], value: alert };
  });
}

/** Ends an alert, with who and why. Throws DataError `CONFLICT` if it has ended already, else as `addAlert`. */
export async function endAlert(staff: Staff, id: string, input: EndAlert): Promise<void> {
  return changeAlerts(staff, id, (alerts, stamp) => {
    const alert = alerts.find((candidate) => candidate.id === input.alertId);
    if (alert === undefined) throw new DataError('NOT_FOUND');
    if (alert.ended !== undefined) throw new DataError('CONFLICT');
    const ended = { ...alert, ended: { ...stamp, reason: input.reason } };
    return { alerts: alerts.map((other) => (other === alert ? ended : other)), value: undefined };
  });
}

type Change<T> = (
  alerts: readonly Alert[],
  stamp: Alert['added'],
) => { alerts: readonly Alert[]; value: T };

function changeAlerts<T>(staff: Staff, id: string, change: Change<T>): Promise<T> {
  const operation = {
    permission: 'update:alerts',
    action: 'update-alerts',
    patientId: id,
    fields: ['alerts'],
  } as const;
  return answer(staff, operation, async () => {
    const by = { id: staff.userId, name: staff.name };
    const { value, sealed } = await changeRecord(patientObjectId(id), (patient) => {
      if (patient.last4ssn === undefined) {
        throw new DataError('CONFLICT', { userMessage: message('record.completeFirst') });
      }
      const { alerts, value } = change(patient.alerts ?? [], { at: new Date(), by });
      return { value, set: { alerts: [...alerts] } };
    });
    return { value, ...(sealed !== undefined && { sealed }) };
  });
}

function refused(key: string, values?: Record<string, number>): DataError {
  return new DataError('INVALID', { userMessage: message(key, values), field: 'text' });
}

function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
