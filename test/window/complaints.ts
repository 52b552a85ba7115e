/** What a page does that it should not: it breaks its policy, throws, complains, or asks for something elsewhere. */
import type { Page } from 'playwright-core';

export async function listenFor(page: Page, url: string): Promise<string[]> {
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(`${error.name}: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const address = new URL(request.url());
    if (address.origin !== origin && !['blob:', 'data:'].includes(address.protocol)) {
      complaints.push(`asked for ${address.href}`);
    }
  });
  await page.exposeFunction('tellViolation', (text: string) => complaints.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { tellViolation } = window as unknown as { tellViolation: (text: string) => void };
      tellViolation(`broke its policy, ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  return complaints;
}
