// @ts-check
// What makes the addresses and anchors of a site hard to tell, in one site.

const people = {
  id: 'community',
  path: 'community',
  routeBasePath: 'people',
  sidebarPath: './sidebarsCommunity.js',
  numberPrefixParser: false,
};

/** @type {import('@docusaurus/types').Config} */
const config = {
  title: 'A site of traps',
  url: 'https://traps.example.org',
  baseUrl: '/guide/',
  onBrokenLinks: 'warn',
  i18n: {defaultLocale: 'en', locales: ['en', 'ur']},
  presets: [
    [
      'classic',
      {
        docs: {
          sidebarPath: './sidebars.js',
          routeBasePath: 'manual',
          lastVersion: 'current',
          versions: {current: {label: '3.0'}, '1.0': {label: 'First', path: 'old'}},
        },
        blog: {showReadingTime: false, onUntruncatedBlogPosts: 'ignore'},
      },
    ],
  ],
  plugins: [['@docusaurus/plugin-content-docs', people]],
};

export default config;
