// `?.` and `??`, which AssemblyScript does not have, become conditional expressions.
//
// Rule: what is written twice must be cheap and without effect: names, properties, elements and
// literals. Anything else goes into a constant of its own before the statement; where that would
// change the order of things, it is an error that says so. Line numbers stay as they are.

import { problemAt } from "./problem.mjs";

export function rewriteOperators(ts, file) {
  if (!/\?\.|\?\?/.test(file.text)) return file.text;
  return new Rewriter(ts, file).print(file);
}

class Rewriter {
  constructor(ts, file) {
    this.ts = ts;
    this.file = file;
    this.before = new Map();
    this.constants = 0;
  }

  /** The text of a node, rewritten, with the space and the comments before it. */
  print(node) {
    const { ts, file } = this;
    const leading = file.text.slice(node.getFullStart(), node.getStart(file));
    if (this.isCoalescing(node)) return leading + this.coalesce(node);
    if (ts.isOptionalChain(node)) return leading + this.chain(node);
    let text = "";
    let position = node.getFullStart();
    node.forEachChild((child) => {
      text += file.text.slice(position, child.getFullStart()) + this.print(child);
      position = child.end;
    });
    text += file.text.slice(position, node.end);
    const constants = this.before.get(node);
    return constants ? leading + constants.join("") + text.slice(leading.length) : text;
  }

  /** As print, without what stands before it. */
  code(node) {
    return this.print(node).slice(node.getStart(this.file) - node.getFullStart());
  }

  isCoalescing(node) {
    const { ts } = this;
    if (!ts.isBinaryExpression(node)) return false;
    if (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionEqualsToken) {
      throw problemAt(this.file, node, "??= is not supported; write a = a ?? b");
    }
    return node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
  }

  /** `left ?? right` */
  coalesce(node) {
    const { ts } = this;
    const left = this.bare(node.left);
    if (!this.isCheap(node.right)) {
      const value = this.constant(node.left, this.value(left));
      return `(${value} !== null ? ${value} : ${this.code(node.right)})`;
    }
    const right = this.code(node.right);
    if (!ts.isOptionalChain(left)) return `ferriteOr(${this.value(left)}, ${right})`;
    const { subject, present, rest } = this.split(left);
    return `(${subject} !== null ? ferriteOr(${present}${rest}, ${right}) : ${right})`;
  }

  /** `subject?.rest` */
  chain(node) {
    const { subject, present, rest } = this.split(node);
    return `(${subject} !== null ? ${present}${rest} : null)`;
  }

  /** What stands before the last `?.` of a chain, fit to be written twice: `subject`, and as
   *  `present` where it is not null; and the `rest` of the chain. asc itself sees that a variable
   *  of a function is not null, and nothing else. */
  split(node) {
    const { ts } = this;
    let link = node;
    let rest = "";
    for (;;) {
      rest = this.linkText(link) + rest;
      if (link.questionDotToken) break;
      link = ts.isNonNullExpression(link.expression) ? link.expression.expression : link.expression;
    }
    const subject = this.bare(link.expression);
    const text = this.value(subject);
    if (!this.isCheap(subject)) {
      const name = this.constant(subject, text);
      return { subject: name, present: name, rest };
    }
    return { subject: text, present: this.isLocal(subject) ? text : `${text}!`, rest };
  }

  linkText(link) {
    const { ts } = this;
    if (ts.isPropertyAccessExpression(link)) return `.${link.name.text}`;
    if (ts.isElementAccessExpression(link)) return `[${this.code(link.argumentExpression)}]`;
    if (ts.isCallExpression(link) && !link.questionDotToken) {
      const types = link.typeArguments?.map((type) => this.code(type)).join(", ");
      const list = link.arguments.map((argument) => this.code(argument)).join(", ");
      return `${types ? `<${types}>` : ""}(${list})`;
    }
    throw problemAt(this.file, link, "a call cannot be optional: f?.()");
  }

  /** A value that may be null: an element outside of its list is. */
  value(node) {
    if (!this.ts.isElementAccessExpression(node) || this.ts.isOptionalChain(node)) {
      return this.code(node);
    }
    return `ferriteAt(${this.code(node.expression)}, ${this.code(node.argumentExpression)})`;
  }

  isLocal(node) {
    const { ts } = this;
    if (!ts.isIdentifier(node)) return false;
    const declares = (inner) => ((ts.isParameter(inner) || ts.isVariableDeclaration(inner))
      && inner.name.getText(this.file) === node.text) || ts.forEachChild(inner, declares);
    const around = ts.findAncestor(node, (parent) => ts.isFunctionLike(parent));
    return Boolean(around && declares(around));
  }

  bare(node) {
    return this.ts.isParenthesizedExpression(node) ? this.bare(node.expression) : node;
  }

  isCheap(node) {
    const { ts } = this;
    if (ts.isOptionalChain(node) || this.isCoalescing(node)) return false;
    if (ts.isIdentifier(node) || ts.isLiteralExpression(node)) return true;
    if (CHEAP_WORDS.has(ts.SyntaxKind[node.kind])) return true;
    if (ts.isPropertyAccessExpression(node)) return this.isCheap(node.expression);
    if (ts.isParenthesizedExpression(node)) return this.isCheap(node.expression);
    if (ts.isElementAccessExpression(node)) {
      return this.isCheap(node.expression) && this.isCheap(node.argumentExpression);
    }
    if (ts.isPrefixUnaryExpression(node)) {
      const counts = [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken];
      return !counts.includes(node.operator) && this.isCheap(node.operand);
    }
    if (ts.isTemplateExpression(node)) {
      return node.templateSpans.every((span) => this.isCheap(span.expression));
    }
    if (!ts.isBinaryExpression(node)) return false;
    const assigns = node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment
      && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
    return !assigns && this.isCheap(node.left) && this.isCheap(node.right);
  }

  /** The name of a constant that holds a value, declared before the statement around a node. */
  constant(node, text) {
    const statement = this.statementOf(node);
    const name = `ferriteValue${++this.constants}`;
    const before = this.before.get(statement) ?? [];
    before.push(`const ${name} = ${text}; `);
    this.before.set(statement, before);
    return name;
  }

  /** The statement around a node, where the node is evaluated once and always. */
  statementOf(node) {
    const { ts } = this;
    let child = node;
    for (let parent = node.parent; parent; child = parent, parent = parent.parent) {
      if (this.isConditional(parent, child)) break;
      if (!ts.isStatement(parent) || ts.isBlock(parent)) continue;
      const listed = ts.isBlock(parent.parent) || ts.isSourceFile(parent.parent)
        || ts.isCaseOrDefaultClause(parent.parent);
      const loops = ts.isIterationStatement(parent, false);
      if (listed && !loops) return parent;
      break;
    }
    throw problemAt(
      this.file, node, "this part of ?. or ?? has to be put into a variable first",
    );
  }

  isConditional(parent, child) {
    const { ts } = this;
    if (ts.isConditionalExpression(parent)) return child !== parent.condition;
    if (ts.isFunctionLike(parent)) return true;
    if (!ts.isBinaryExpression(parent) || child !== parent.right) return false;
    const { BarBarToken, AmpersandAmpersandToken, QuestionQuestionToken } = ts.SyntaxKind;
    return [BarBarToken, AmpersandAmpersandToken, QuestionQuestionToken].includes(
      parent.operatorToken.kind,
    );
  }
}

const CHEAP_WORDS = new Set(["ThisKeyword", "NullKeyword", "TrueKeyword", "FalseKeyword"]);
