// What the page's components do beyond what they are without a script. A page says everything without it.
import { initAll } from './govuk-frontend.min.js'

initAll()
