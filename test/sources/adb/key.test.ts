import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { androidForm, phoneKey } from '../../../electron/sources/adb/key.ts';

/** A public key, and what `adb pubkey` (29.0.6) makes of it. */
const MODULUS =
  'q1AkAVSRBRjBOWE40QjTXXe-XCtSWxAlnBCCw2TOfv-9jxa0ayJGNeKkQjo72gkefNPOIIyjguPKjWyFXMHlm-IxXHiXhkDnurLxFk3--qKOuxBekjWzdXy6-qm-8kGrVXFTRO9tH1sl5GqtGsi0hclZPN3MW9yYYgnVxqp8TqvqLwe5NiJ01djPHWg3TdNbot6NseW_ZclGbZR_mj7Fyy1OTfd1ae_XofitNfexfPIRc9kCQmLapcN_2ETE7TCGBGQODlu3wzbXyY6bt6lvJ1fD1mplCRSvxvP2NB-2AoNTVBOxIMN0QiORmeyfJvtn1BYrXlnLF_nK-r14YJJVaw';
const ANDROID =
  'QAAAAL3QsH9rVZJgeL36yvkXy1leKxbUZ/smn+yZkSNCdMMgsRNUU4MCth809vPGrxQJZWrWw1cnb6m3m47J1zbDt1sODmQEhjDtxETYf8Ol2mJCAtlzEfJ8sfc1rfih1+9pdfdNTi3LxT6af5RtRsllv+Wxjd6iW9NNN2gdz9jVdCI2uQcv6qtOfKrG1QlimNxbzN08WcmFtMgarWrkJVsfbe9EU3FVq0Hyvqn6unx1szWSXhC7jqL6/k0W8bK650CGl3hcMeKb5cFchWyNyuOCo4wgztN8HgnaOzpCpOI1RiJrtBaPvf9+zmTDghCcJRBbUitcvndd0wjROGE5wRgFkVQBJFCrFIeTAyFTwgzRuCO8HclyEdZ7va7zhmA4Y1mNl/PUTo5+1euHpU8G5VMLTpi+S5P36reYKmabUyNE9Mt2Yn8DjTqvjgLxnMi8OjOqonu6zMnuKSBaoNnkIHL1/HVSMyXdV+cjWtaOuizmDnfT4O7um28G6CMklSVZvrU4cEKxCQT94heF/7LHOUwU9rjbrj+r2g/H2Ipy2+rIwRm0AxY/fIA/IZZZjzUQJHZO2HljyQW8YJEI9RucB8jwT5PIdQoMxLlrTIDeUkCFPeeCeiDNn+C6o2rVxq2/TIodQEWx0x9gQq0sFKZzfLipZUn0LKf1IA86zvCEobFPNCcPY8YMlQEAAQA=';

test('a public key has the form that Android takes', () => {
  const key = createPublicKey({ key: { kty: 'RSA', n: MODULUS, e: 'AQAB' }, format: 'jwk' });
  expect(androidForm(key).toString('base64')).toBe(ANDROID);
});

test('the key is made once and read by nobody else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'station-key-'));
  try {
    const file = join(folder, 'key');
    const [one, two] = await Promise.all([phoneKey(file), phoneKey(file)]);
    const again = await phoneKey(file);
    expect(one.publicKey.equals(again.publicKey) && two.publicKey.equals(again.publicKey)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(again.publicKey.toString('latin1')).toMatch(/^[\w+/=]{700} station@\S+\0$/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
