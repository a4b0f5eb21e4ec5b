// @ts-check

/** @type {import('@docusaurus/types').Config} */
const config = {
  title: 'A ROS 2 primer',
  tagline: 'From the first node to a robot you can debug',
  url: 'https://primer.example.org',
  baseUrl: '/',
  onBrokenLinks: 'throw',
  onBrokenAnchors: 'throw',
  i18n: {defaultLocale: 'en', locales: ['en']},
  // .md pages are CommonMark, .mdx pages are MDX.
  markdown: {format: 'detect'},
  presets: [
    [
      'classic',
      /** @type {import('@docusaurus/preset-classic').Options} */
      ({
        docs: {sidebarPath: './sidebars.js'},
        blog: false,
      }),
    ],
  ],
  themeConfig:
    /** @type {import('@docusaurus/preset-classic').ThemeConfig} */
    ({
      navbar: {
        title: 'A ROS 2 primer',
        items: [
          {type: 'docSidebar', sidebarId: 'primer', position: 'left', label: 'Book'},
        ],
      },
      prism: {additionalLanguages: ['bash', 'cmake', 'ini', 'json']},
    }),
};

export default config;
