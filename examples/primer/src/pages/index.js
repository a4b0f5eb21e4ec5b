import {Redirect} from '@docusaurus/router';

/** The book is the whole site: send visitors of the root to its first page. */
export default function Home() {
  return <Redirect to="/docs/" />;
}
