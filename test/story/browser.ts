/** A browser with its one cookie, as far as Loom's own pages go. */
export function openBrowser() {
  let cookie = ''
  return async (url: string) => {
    const response = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} })
    const setCookie = response.headers.get('set-cookie') ?? ''
    cookie = setCookie.split(';')[0] || cookie
    const to = response.headers.get('location') ?? ''
    return { status: response.status, to, text: await response.text(), setCookie }
  }
}
