/** The page's own style: readable on a phone and in the dark, nothing from elsewhere. */
export const style = [
  ':root{color-scheme:light dark}',
  'body{font:17px/1.6 system-ui,sans-serif;color:#1f2937;background:#fff;margin:0}',
  'main{max-width:44rem;margin:0 auto;padding:2.5rem 1.25rem 5rem}',
  'h1{font-size:1.9rem;margin:0}h2{font-size:1.3rem;margin:2.5rem 0 .5rem}h3{font-size:1.05rem;margin:1.75rem 0 .25rem}',
  'table{border-collapse:collapse;width:100%;font-size:.94rem}',
  'th,td{text-align:left;vertical-align:top;padding:.45rem .75rem .45rem 0;border-bottom:1px solid #e5e7eb}',
  'th{font-weight:600}td:first-child{width:55%}summary{cursor:pointer}',
  '.dim{color:#6b7280;font-size:.9rem}.wide{overflow-wrap:anywhere}',
  '@media(max-width:36rem){thead{position:absolute;left:-999rem}tr{display:block;padding:.5rem 0;border-bottom:1px solid #e5e7eb}',
  'td,td:first-child{display:block;width:auto;border:0;padding:.15rem 0}td+td::before{content:attr(data-head)": ";color:#6b7280}}',
  '@media(prefers-color-scheme:dark){body{color:#e5e7eb;background:#111827}th,td,tr{border-color:#374151}.dim,td+td::before{color:#9ca3af}}',
].join('')
