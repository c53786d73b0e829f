// What `import ... from "@ferrite/plugin-sdk"` gives; asc looks for it here.
export * from "./assembly/index";
