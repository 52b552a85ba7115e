/** Certificates of a made-up authority, made by OpenSSL for one run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface Authority {
  /** The file with the certificate of the authority itself, for whoever is to trust it. */
  readonly file: string;
  /** For a host name or an IPv4 address; `from` and `until` as OpenSSL writes a moment (YYYYMMDDHHMMSSZ). */
  issue(name: string, validity?: { readonly from: string; readonly until: string }): Certificate;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const NOW = { from: '20200101000000Z', until: '20991231235959Z' };

/** Works in `folder`, which the caller removes. */
export function makeAuthority(folder: string): Authority {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const openssl = (...words: string[]): void => {
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  };
  writeFileSync(at('index.txt'), '');
  writeFileSync(at('serial'), '1000\n');
  writeFileSync(
    at('ca.cnf'),
    `[ca]\ndefault_ca = made_up\n[made_up]\ndatabase = index.txt\nserial = serial\nnew_certs_dir = .\n` +
      `certificate = ca.pem\nprivate_key = ca.key\ndefault_md = sha256\npolicy = any\nunique_subject = no\n` +
      `[any]\ncommonName = supplied\n`,
  );
  const own = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Made-up authority', '-days', '30'];
  openssl('req', '-x509', ...CURVE, ...own);
  let count = 0;
  return {
    file: at('ca.pem'),
    issue: (name, { from, until } = NOW) => {
      count += 1;
      const [key, request, cert, extra] = ['key', 'csr', 'pem', 'ext'].map((end) => `${count}.${end}`) as [
        string,
        string,
        string,
        string,
      ];
      const kind = /^[\d.]+$/.test(name) ? 'IP' : 'DNS';
      writeFileSync(at(extra), `subjectAltName=${kind}:${name}\n`);
      openssl('req', ...CURVE, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
      const validity = ['-startdate', from, '-enddate', until];
      openssl(
        'ca',
        '-batch',
        '-config',
        'ca.cnf',
        '-in',
        request,
        '-out',
        cert,
        '-extfile',
        extra,
        ...validity,
      );
      return { key: readFileSync(at(key)), cert: readFileSync(at(cert)) };
    },
  };
}
