// The least that Next.js can serve: what the clinic's pages are compared with.
export default function BareLayout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
