/** Programs that open links to show what is behind them, and say so. */
const programs =
  /slack(?:bot|-imgproxy)|discordbot|twitterbot|facebookexternalhit|facebookcatalog|meta-external|linkedinbot|whatsapp|telegrambot|skypeuripreview|msteams|microsoftpreview|embedly|iframely|redditbot|pinterest|googlebot|bingbot|bingpreview|applebot|mattermost|iMessage|bitlybot|vkshare|snapchat|google-inspectiontool|safelinks|preview/i

/** Whether a request wants to know of a link and not to follow it: then nobody asked for the file. */
export function isPreviewer(method: string, headers: Headers): boolean {
  if (method === 'HEAD') return true
  const purpose = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']
    .map((name) => headers.get(name) ?? '')
    .join(' ')
  if (/prefetch|prerender|preview/i.test(purpose)) return true
  return programs.test(headers.get('user-agent') ?? '')
}
