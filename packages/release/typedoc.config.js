export { options as default } from "./dist/Site.js"
