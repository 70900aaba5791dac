/** `<pellucid-probes>`: the sandbox's own attempts to get out, made now, in this browser, and what became of each. */
import { html, nothing, render, type TemplateResult } from 'lit/html.js';
import type { Probe } from '../sandbox/messages';
import { probeFrame } from '../sandbox/sandbox';
import { pageSession } from '../sandbox/session';
import { probePython } from './python-probes';

type Outcome = Probe[] | Error | null;

class SandboxProbes extends HTMLElement {
  private python: Outcome = null;
  private frame: Outcome = null;
  private control = '';
  private caveat: string | null = null;

  connectedCallback(): void {
    this.replaceChildren();
    void this.probe();
  }

  private async probe(): Promise<void> {
    this.python = this.frame = null;
    this.draw();
    const url = new URL(location.pathname, location.href).href;
    const settled = (work: Promise<Probe[]>) => work.catch((error: unknown) => asError(error));
    await Promise.all([
      tryFromPage(url).then((text) => this.take({ control: text })),
      settled(probeFrame(url)).then((frame) => this.take({ frame })),
      settled(probePython(pageSession(), url)).then((python) => this.take({ python })),
    ]);
    this.take({ caveat: await pageSession().caveat() });
  }

  private take(found: { python?: Outcome; frame?: Outcome; control?: string; caveat?: string | null }): void {
    Object.assign(this, found);
    this.draw();
  }

  private draw(): void {
    render(
      html`
        <p role="status">${this.summary()}</p>
        ${this.caveat ? html`<p class="admonition note">${this.caveat}</p>` : nothing}
        ${table('From Python, in a cell', this.python)} ${table('From the frame around it', this.frame)}
        <p>${this.control}</p>
        <button type="button" aria-disabled=${String(this.running)} @click=${() => this.running || void this.probe()}>Try again</button>
      `,
      this,
    );
  }

  private get running(): boolean {
    return this.python === null || this.frame === null;
  }

  private summary(): string {
    if (this.running) return 'Trying…';
    const probes = [this.python, this.frame].flatMap((outcome) => (Array.isArray(outcome) ? outcome : []));
    const refused = probes.filter((probe) => probe.refused).length;
    return `${refused} of ${probes.length} attempts were refused.`;
  }
}

function table(title: string, outcome: Outcome): TemplateResult {
  if (outcome === null) return html`<p>${title}: trying…</p>`;
  if (outcome instanceof Error) return html`<p>${title}: no attempt could be made. ${outcome.message}</p>`;
  return html`
    <div class="table-scroll" tabindex="0" role="group" aria-label=${title}>
      <table>
        <caption>${title}</caption>
        <thead><tr><th scope="col">Attempt</th><th scope="col">Code</th><th scope="col">What happened</th><th scope="col">Refused</th></tr></thead>
        <tbody>${outcome.map(row)}</tbody>
      </table>
    </div>
  `;
}

function row(probe: Probe): TemplateResult {
  return html`<tr data-refused=${String(probe.refused)}>
    <th scope="row">${probe.name}</th>
    <td><code>${probe.code}</code></td>
    <td>${probe.outcome}</td>
    <td>${probe.refused ? 'Refused' : 'Not refused'}</td>
  </tr>`;
}

/** The same request from the page itself, to show that it is the sandbox that refuses it. */
async function tryFromPage(url: string): Promise<string> {
  try {
    const response = await fetch(url);
    return `For comparison, the page itself made the first request and got an answer (status ${response.status}).`;
  } catch {
    return 'For comparison, the page itself made the first request; it failed too, because there is no network now.';
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

customElements.define('pellucid-probes', SandboxProbes);
