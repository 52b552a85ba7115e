/** What papers are made of: facts in two columns, and lists. */
import type { Line } from '../../shared/receipt-layout.ts';

export function Lines({ lines, name = '' }: { readonly lines: readonly Line[]; readonly name?: string }) {
  if (lines.length === 0) return null;
  return (
    <table className={`receipt-lines ${name}`}>
      <tbody>
        {lines.map(([label, value], at) => (
          <tr key={`${at} ${label}`}>
            <th scope="row">{label}</th>
            <td>
              <bdi>{value}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Entries({ entries }: { readonly entries: readonly string[] }) {
  return (
    <ul>
      {entries.map((entry, at) => (
        <li key={`${at} ${entry}`}>
          <bdi>{entry}</bdi>
        </li>
      ))}
    </ul>
  );
}
