/** LaTeX in running text, made readable where no formula can be set: an excerpt, a title. */

const SYMBOLS: Record<string, string> = {
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
  delta: 'δ',
  epsilon: 'ε',
  varepsilon: 'ε',
  zeta: 'ζ',
  eta: 'η',
  theta: 'θ',
  kappa: 'κ',
  lambda: 'λ',
  mu: 'μ',
  nu: 'ν',
  xi: 'ξ',
  pi: 'π',
  rho: 'ρ',
  sigma: 'σ',
  tau: 'τ',
  phi: 'φ',
  varphi: 'φ',
  chi: 'χ',
  psi: 'ψ',
  omega: 'ω',
  Gamma: 'Γ',
  Delta: 'Δ',
  Theta: 'Θ',
  Lambda: 'Λ',
  Sigma: 'Σ',
  Phi: 'Φ',
  Psi: 'Ψ',
  Omega: 'Ω',
  top: '⊤',
  cdot: '·',
  times: '×',
  pm: '±',
  le: '≤',
  leq: '≤',
  ge: '≥',
  geq: '≥',
  ne: '≠',
  neq: '≠',
  approx: '≈',
  sim: '∼',
  in: '∈',
  to: '→',
  mapsto: '↦',
  infty: '∞',
  nabla: '∇',
  partial: '∂',
  sum: '∑',
  prod: '∏',
  int: '∫',
  sqrt: '√',
  ell: 'ℓ',
  dots: '…',
  ldots: '…',
  cdots: '⋯',
  lVert: '‖',
  rVert: '‖',
  lvert: '|',
  rvert: '|',
  quad: ' ',
  qquad: ' ',
  mid: '|',
  perp: '⊥',
  propto: '∝',
};

/** Commands that only say how something looks, or where it stands. */
const SILENT =
  /^(?:left|right|[bB]igg?[lr]?|mathbf|mathrm|mathbb|mathcal|boldsymbol|text|operatorname|tfrac|dfrac|frac|hat|bar|tilde|vec|limits|displaystyle|begin|end|underbrace|overline)$/;

export function readable(text: string): string {
  if (!text.includes('\\')) return text;
  return text
    .replace(/\\\\|\\[,;:! ]/g, ' ')
    .replace(/(\\[A-Za-z]+|[_^]|\}) *\{([^{}]*)\}/g, '$1 $2 ')
    .replace(/(\\[A-Za-z]+|[_^]|\}) *\{([^{}]*)\}/g, '$1 $2 ')
    .replace(/\\([A-Za-z]+)\*?/g, (_, name: string) => SYMBOLS[name] ?? (SILENT.test(name) ? ' ' : name))
    .replace(/ *([_^]) */g, '$1')
    .replace(/\s+/g, ' ');
}
