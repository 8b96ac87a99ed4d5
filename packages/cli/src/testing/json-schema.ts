import ts from 'typescript';

export type JsonSchema = { readonly [key: string]: unknown };

/**
 * Returns the JSON schema of an exported type: the type is the definition, and its comments are the descriptions. Interfaces
 * become definitions that other schemas refer to.
 * @param file where the type is exported, absolute
 * @throws Error for types that JSON has no values of
 */
export function jsonSchemaOf(file: string, name: string, options: ts.CompilerOptions): JsonSchema {
  const program = ts.createProgram([file], { ...options, noEmit: true, types: [] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  const symbol = module && checker.getExportsOfModule(module).find((exported) => exported.name === name);
  if (!symbol) throw new Error(`${file} exports no type ${name}`);
  const definitions: Record<string, JsonSchema> = {};
  const root = schemaOf(checker.getDeclaredTypeOfSymbol(symbol));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...described(symbol),
    ...root,
    $defs: Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))),
  };

  function schemaOf(type: ts.Type): JsonSchema {
    if (type.isUnion()) return schemaOfUnion(type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined)));
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.flags & ts.TypeFlags.TemplateLiteral) return { type: 'string', pattern: patternOf(type) };
    if (type.flags & ts.TypeFlags.String) return { type: 'string' };
    if (type.flags & ts.TypeFlags.Number) return { type: 'number' };
    if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (checker.isArrayType(type)) {
      return { type: 'array', items: schemaOf(checker.getTypeArguments(type as ts.TypeReference)[0]!) };
    }
    if (type.flags & ts.TypeFlags.Object) return schemaOfObject(type);
    throw new Error(`${name} contains ${checker.typeToString(type)}, which isn't JSON`);
  }

  function schemaOfUnion(types: readonly ts.Type[]): JsonSchema {
    if (types.every(({ flags }) => flags & ts.TypeFlags.BooleanLiteral)) return { type: 'boolean' };
    if (types.length === 1) return schemaOf(types[0]!);
    const literals = types.flatMap((type) => (type.isStringLiteral() ? [type.value] : []));
    return literals.length === types.length ? { enum: literals.sort() } : { anyOf: types.map(schemaOf) };
  }

  function schemaOfObject(type: ts.Type): JsonSchema {
    const named = type.symbol.flags & ts.SymbolFlags.Interface ? type.symbol : undefined;
    if (!named) return schemaOfProperties(type);
    if (!(named.name in definitions)) {
      definitions[named.name] = {};
      definitions[named.name] = { ...described(named), ...schemaOfProperties(type) };
    }
    return { $ref: `#/$defs/${named.name}` };
  }

  function schemaOfProperties(type: ts.Type): JsonSchema {
    if (type.getCallSignatures().length > 0) throw new Error(`${checker.typeToString(type)} isn't JSON`);
    const index = type.getStringIndexType();
    if (index) return { type: 'object', additionalProperties: schemaOf(index) };
    const properties = type.getProperties();
    const typeOf = (property: ts.Symbol): ts.Type => checker.getTypeOfSymbol(property);
    const isRequired = (property: ts.Symbol): boolean => {
      const propertyType = typeOf(property);
      const types = propertyType.isUnion() ? propertyType.types : [];
      const isUndefined =
        (propertyType.flags | types.reduce((all, one) => all | one.flags, 0)) & ts.TypeFlags.Undefined;
      return !(property.flags & ts.SymbolFlags.Optional) && !isUndefined;
    };
    return {
      type: 'object',
      properties: Object.fromEntries(
        properties.map((property) => [property.name, { ...described(property), ...schemaOf(typeOf(property)) }]),
      ),
      required: properties.filter(isRequired).map((property) => property.name),
    };
  }

  function described(of: ts.Symbol): JsonSchema {
    const description = ts.displayPartsToString(of.getDocumentationComment(checker));
    return description === '' ? {} : { description };
  }

  function patternOf(type: ts.Type): string {
    const [before = '', after = ''] = (type as ts.TemplateLiteralType).texts;
    return `^${before}.*${after}$`;
  }
}
