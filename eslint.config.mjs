import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/*", "!chat/static/**", "!desk/static/**", "!ragbook/static/**", "!**/"] },
  js.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["chat/static/**"],
    rules: {
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML", "write"].map((property) => ({
          property,
          message: "Text never becomes HTML: build nodes.",
        })),
      ],
    },
  },
];
