// One heading and nothing else.
export default function BarePage() {
  return <h1>Nothing but a heading</h1>;
}
