// What pages receive about a care team. Names of staff, and of the patient only for who stands outside.

export interface Colleague {
  userId: string;
  name: string;
}

export interface CareTeamMember extends Colleague {
  since: Date;
}

/** `open`: nobody has taken the record over yet. */
export type CareStanding = 'member' | 'open' | 'emergency' | 'outside';

export interface CareTeam {
  standing: CareStanding;
  members: CareTeamMember[];
  /** Doctors whom a member may add; empty for everyone else. */
  colleagues: Colleague[];
  mayTakeOver: boolean;
  /** The emergency access that runs; `now` is the server's clock when it was read. */
  access: { startedAt: Date; endsAt: Date; now: Date } | null;
  /** For who stands outside only. */
  subject: { name: string; dateOfBirth: string } | null;
}
