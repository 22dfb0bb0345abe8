'use client';
// One line with the patient's care team, which opens into the place where members change it.
import { useState } from 'react';
import { Users } from 'lucide-react';
import { useTranslations } from 'use-intl';
import type { ActionResult } from '@/components/form/action-result';
import { Choice } from '@/components/form/choice';
import { Button } from '@/components/ui/button';
import { Live } from '@/components/ui/notice';
import type { CareTeam } from '@/schemas/care-team';
import { useAction } from './use-action';

interface CareTeamBarProps {
  team: Pick<CareTeam, 'standing' | 'members' | 'colleagues' | 'mayTakeOver'>;
  /** The doctor who looks. */
  userId: string;
  takeOver: () => Promise<ActionResult>;
  add: (input: { userId: string }) => Promise<ActionResult>;
  remove: (input: { userId: string }) => Promise<ActionResult>;
}

export function CareTeamBar({ team, userId, takeOver, add, remove }: CareTeamBarProps) {
  const t = useTranslations('emergency.team');
  const taking = useAction(takeOver);
  const nameOf = (member: { userId: string; name: string }): string =>
    member.userId === userId ? t('you', { name: member.name }) : member.name;
  const names = team.members.map(nameOf).join(', ');
  return (
    <section aria-label={t('title')} className="mb-3 text-sm print:hidden">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Users aria-hidden className="text-soft size-4 shrink-0" />
        {team.standing === 'open' ? (
          <p>{t('none')}</p>
        ) : (
          <p>
            <span className="text-soft">{t('title')}</span> {names}
          </p>
        )}
        {team.mayTakeOver && team.standing !== 'open' && <p>{t('abandoned')}</p>}
        {team.mayTakeOver && (
          <Button small pending={taking.pending} onClick={taking.send}>
            {t('takeOver')}
          </Button>
        )}
        {team.standing === 'member' && (
          <details className="min-w-0 open:basis-full">
            <summary className="text-accent hover:text-accent-deep inline-flex min-h-6 cursor-pointer items-center font-medium">
              {t('change')}
            </summary>
            <div className="panel mt-1 max-w-xl space-y-3 p-3">
              <ul>
                {team.members.map((member) => (
                  <Member
                    key={member.userId}
                    name={nameOf(member)}
                    own={member.userId === userId}
                    last={team.members.length === 1}
                    remove={() => remove({ userId: member.userId })}
                  />
                ))}
              </ul>
              {team.members.length === 1 && <p className="text-soft">{t('lastOne')}</p>}
              <AddColleague colleagues={team.colleagues} add={add} />
            </div>
          </details>
        )}
      </div>
      <Live urgent>
        {taking.failure !== undefined && <p className="text-danger mt-1">{taking.failure}</p>}
      </Live>
    </section>
  );
}

interface MemberProps {
  name: string;
  own: boolean;
  last: boolean;
  remove: () => Promise<ActionResult>;
}

function Member({ name, own, last, remove }: MemberProps) {
  const t = useTranslations('emergency.team');
  const { send, pending, failure } = useAction(remove);
  return (
    <li className="border-line flex min-h-9 flex-wrap items-center justify-between gap-x-3 border-b py-1 last:border-b-0">
      <span>{name}</span>
      {!last && (
        <Button
          small
          tone="plain"
          pending={pending}
          aria-label={own ? t('leaveName') : t('removeName', { name })}
          onClick={send}
        >
          {own ? t('leave') : t('remove')}
        </Button>
      )}
      <Live urgent>{failure !== undefined && <p className="text-danger">{failure}</p>}</Live>
    </li>
  );
}

function AddColleague({
  colleagues,
  add,
}: Pick<CareTeamBarProps, 'add'> & { colleagues: CareTeam['colleagues'] }) {
  const t = useTranslations('emergency.team');
  const [chosen, setChosen] = useState('');
  // Whoever was added is not among the colleagues any more.
  const userId =
    colleagues.find((colleague) => colleague.userId === chosen)?.userId ??
    colleagues[0]?.userId ??
    '';
  const { send, pending, failure } = useAction(() => add({ userId }));
  if (colleagues.length === 0) return <p className="text-soft">{t('nobody')}</p>;
  return (
    <div className="flex flex-wrap items-end gap-2">
      <Choice
        label={t('add')}
        className="w-56 max-w-full"
        value={userId}
        onChange={(event) => setChosen(event.target.value)}
        options={colleagues.map((colleague) => ({
          value: colleague.userId,
          label: colleague.name,
        }))}
      />
      <Button pending={pending} onClick={send}>
        {t('addButton')}
      </Button>
      <Live urgent>{failure !== undefined && <p className="text-danger">{failure}</p>}</Live>
    </div>
  );
}
