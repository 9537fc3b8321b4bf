// Makes crates/pages/assets from govuk-frontend as the lock file has it: `node build.mjs FOLDER`, called by `cargo xtask web`.
// It only writes below FOLDER. The same lock file gives the same bytes: nothing depends on the machine, the date or the order of files.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as sass from 'sass'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('the folder to write to is missing')
const require = createRequire(import.meta.url)
const root = dirname(require.resolve('govuk-frontend/package.json'))
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
const upstream = (name) => readFileSync(join(root, 'dist/govuk', name), 'utf8')
const own = (name) => readFileSync(new URL(name, import.meta.url), 'utf8')

function style() {
  const compiled = sass.compileString(own('style.scss'), {
    style: 'compressed',
    charset: false,
    loadPaths: [join(root, '..')],
  })
  if (/\.woff|@font-face/.test(compiled.css)) throw new Error('the style asks for a font that may not be delivered')
  return compiled.css + '\n'
}

// The source map is not delivered, so nothing may ask for it.
const script = () => upstream('govuk-frontend.min.js').replace(/\/\/# sourceMappingURL=.*$/m, '').trimEnd() + '\n'

// The two drawings of the logo, as the macro has them; Rust puts them into the header and the footer of a service on GOV.UK.
function drawing(name) {
  const found = upstream('macros/logo.njk').match(new RegExp(`set _${name} %}([\\s\\S]*?){%- endset`))
  if (!found || /{[{%]/.test(found[1])) throw new Error(`the logo macro has no plain _${name} any more`)
  return found[1].trim().replace(/\n\s+/g, '\n') + '\n'
}

// Style and script may be given on with the notice beside them.
function notice() {
  const { license, name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (license !== 'MIT') throw new Error(`${name} is no longer MIT; look at what its licence asks for`)
  return `pages.css, govuk-frontend.min.js and govuk-crest.svg are made from ${name} ${version}.\n\n${own('NOTICE.txt')}`
}

const files = {
  'NOTICE.txt': notice(),
  'govuk-crest.svg': upstream('assets/images/govuk-crest.svg'),
  'govuk-frontend.min.js': script(),
  'icon.svg': own('icon.svg'),
  'inline/crown.svg': drawing('tudorCrown'),
  'inline/logotype.svg': drawing('logotype'),
  'pages.css': style(),
  'passkey.js': own('passkey.js'),
  'room.js': own('room.js'),
  'start.js': own('start.js'),
}

const lines = [`# govuk-frontend ${version} (MIT, Crown copyright), made by \`cargo xtask web\` from web/package-lock.json`]
for (const name of Object.keys(files).sort()) {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, files[name])
  lines.push(`${createHash('sha256').update(files[name]).digest('hex')}  ${name}`)
}
writeFileSync(join(folder, 'SHA256SUMS'), lines.join('\n') + '\n')
