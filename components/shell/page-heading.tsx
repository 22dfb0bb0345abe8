// The one first-level heading of a page, with a sentence that says what the page is for.
export function PageHeading({ title, lead }: { title: string; lead?: string }) {
  return (
    <div className="mb-4 max-w-prose">
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {lead !== undefined && <p className="text-soft mt-0.5">{lead}</p>}
    </div>
  );
}
