using System.Globalization;
using System.Text;

namespace Auricle.Torch.Operators;

/// <summary>
/// Turns the schemas of <c>ops.txt</c> into methods of <c>Tensor</c>. Compiled into the test project, which compares
/// its output with what is committed.
/// </summary>
internal static class OperatorGenerator
{
    internal sealed record Parameter(string Type, string Name, string? Default)
    {
        public bool Hidden => Type is "Layout?" or "bool?" or "Generator?";
        public bool IsList => Type.Contains("int[", StringComparison.Ordinal) || Type.StartsWith("bool[", StringComparison.Ordinal);
        public bool IsTensorList => Type is "Tensor[]" or "Tensor?[]";
    }

    internal sealed record Schema(string Name, string Overload, IReadOnlyList<Parameter> Parameters, string Returns, string Text);

    /// <summary>The whole generated file.</summary>
    public static string Generate(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        text.Append("""
            // Made by Operators/OperatorGenerator.cs from Operators/ops.txt; do not edit.
            #nullable enable
            using System.Text;
            using Auricle.Torch.Native;

            namespace Auricle.Torch;

            public sealed unsafe partial class Tensor
            {

            """);
        foreach (var line in lines)
        {
            if (line.Length > 0 && line[0] != '#')
                Write(text, Parse(line));
        }
        return text.Append("}\n").ToString();
    }

    /// <summary>Reads one line of the list.</summary>
    public static Schema Parse(string line)
    {
        var open = line.IndexOf('(', StringComparison.Ordinal);
        var arrow = line.LastIndexOf(") -> ", StringComparison.Ordinal);
        var name = line[..open].Split('.');
        var parameters = new List<Parameter>();
        foreach (var piece in Split(line[(open + 1)..arrow]))
        {
            if (piece == "*")
                continue;
            var space = piece.LastIndexOf(' ');
            var type = piece[..space];
            if (type.StartsWith("Tensor(", StringComparison.Ordinal))
                type = "Tensor" + type[(type.IndexOf(')', StringComparison.Ordinal) + 1)..];
            var rest = piece[(space + 1)..].Split('=');
            parameters.Add(new Parameter(type, Identifier(rest[0]), rest.Length > 1 ? rest[1] : null));
        }
        return new Schema(name[0], name.Length > 1 ? name[1] : "", parameters, line[(arrow + 5)..], line);
    }

    private static IEnumerable<string> Split(string parameters)
    {
        var depth = 0;
        var start = 0;
        for (var i = 0; i <= parameters.Length; i++)
        {
            if (i < parameters.Length)
                depth += parameters[i] is '(' or '[' ? 1 : parameters[i] is ')' or ']' ? -1 : 0;
            if (i < parameters.Length && (depth > 0 || parameters[i] != ','))
                continue;
            yield return parameters[start..i].Trim();
            start = i + 1;
        }
    }

    private static void Write(StringBuilder text, Schema schema)
    {
        var isInPlace = schema.Name.EndsWith('_');
        var method = Pascal(schema.Name.TrimEnd('_')) + (isInPlace ? "InPlace" : "");
        var field = "Op" + Pascal(schema.Name) + (isInPlace ? "InPlace" : "") + Pascal(schema.Overload);
        var isInstance = schema.Parameters.Count > 0 && schema.Parameters[0].Type == "Tensor" && schema.Name != "where";
        var visible = schema.Parameters.Where((parameter, i) => !parameter.Hidden && !(isInstance && i == 0)).ToList();
        var pair = schema.Returns.StartsWith("(Tensor", StringComparison.Ordinal);
        var (returns, call) = schema.Returns switch
        {
            _ when isInPlace => ("void", "CallInPlace"),
            _ when pair => (Tuple(schema.Returns), "CallPair"),
            "bool" => ("bool", "CallScalar"),
            "Scalar" => ("Scalar", "CallScalar"),
            _ when schema.Returns.EndsWith("[]", StringComparison.Ordinal) => ("Tensor[]", "CallList"),
            _ => ("Tensor", "CallTensor"),
        };
        var signature = string.Join(", ", visible.Select(Declaration));
        if (visible is [.., { Default: null } last] && (last.IsList || last.IsTensorList))
            signature = signature.Insert(signature.LastIndexOf("ReadOnlySpan", StringComparison.Ordinal), "params ");
        text.Append(CultureInfo.InvariantCulture, $"    private static readonly TorchOperator {field} = new(\"aten::{schema.Name}\", \"{schema.Overload}\");\n\n");
        text.Append(CultureInfo.InvariantCulture, $"    /// <summary>ATen's <c>{Escape(schema.Text)}</c>.</summary>\n");
        text.Append(CultureInfo.InvariantCulture, $"    public {(isInstance ? "" : "static ")}{returns} {method}({signature})\n    {{\n");
        var pins = new List<string>();
        foreach (var parameter in visible)
        {
            if (parameter.IsTensorList)
            {
                text.Append(CultureInfo.InvariantCulture, $"        var {parameter.Name}Handles = stackalloc nint[Math.Max(1, {parameter.Name}.Length)];\n");
                text.Append(CultureInfo.InvariantCulture, $"        Value.Handles({parameter.Name}, {parameter.Name}Handles);\n");
            }
            else if (parameter.IsList)
            {
                pins.Add($"{(parameter.Type.StartsWith("bool", StringComparison.Ordinal) ? "bool" : "long")}* {parameter.Name}Items = {parameter.Name}");
            }
            else if (parameter.Type is "str" or "str?")
            {
                text.Append(CultureInfo.InvariantCulture, $"        var {parameter.Name}Bytes = {parameter.Name} is null ? [] : Encoding.UTF8.GetBytes({parameter.Name});\n");
                pins.Add($"byte* {parameter.Name}Text = {parameter.Name}Bytes");
            }
        }
        text.Append(CultureInfo.InvariantCulture, $"        var arguments = stackalloc Value[{schema.Parameters.Count}];\n");
        foreach (var pin in pins)
            text.Append(CultureInfo.InvariantCulture, $"        fixed ({pin})\n");
        if (pins.Count > 0)
            text.Append("        {\n");
        for (var i = 0; i < schema.Parameters.Count; i++)
        {
            var value = isInstance && i == 0 ? "Value.Of(this)" : Conversion(schema.Parameters[i]);
            text.Append(CultureInfo.InvariantCulture, $"        arguments[{i}] = {value};\n");
        }
        var invoke = $"{field}.{call}(arguments, {schema.Parameters.Count})";
        text.Append(returns switch
        {
            "void" => $"        {invoke};\n",
            "bool" => $"        return {invoke}.ToInt64() != 0;\n",
            _ => $"        return {invoke};\n",
        });
        if (pins.Count > 0)
            text.Append("        }\n");
        text.Append("    }\n\n");
    }

    private static string Declaration(Parameter parameter)
    {
        var (type, fallback) = parameter.Type switch
        {
            _ when parameter.IsTensorList => (parameter.Type == "Tensor[]" ? "ReadOnlySpan<Tensor>" : "ReadOnlySpan<Tensor?>", null),
            _ when parameter.IsList => (parameter.Type.StartsWith("bool", StringComparison.Ordinal) ? "ReadOnlySpan<bool>" : "ReadOnlySpan<long>", "default"),
            "Scalar" => ("Scalar" + (parameter.Default is null ? "" : "?"), "null"),
            "int" => ("long", parameter.Default),
            "int?" => ("long?", "null"),
            "float" => ("double", parameter.Default?.TrimEnd('.')),
            "float?" => ("double?", "null"),
            "bool" => ("bool", parameter.Default?.ToLowerInvariant()),
            "str" => ("string", parameter.Default),
            "str?" => ("string?", "null"),
            "ScalarType" => ("DType", null),
            "ScalarType?" => ("DType?", "null"),
            "MemoryFormat" => ("MemoryFormat", "MemoryFormat.Contiguous"),
            var other => (other, other.EndsWith('?') ? "null" : null),
        };
        return parameter.Default is not null && fallback is not null ? $"{type} {parameter.Name} = {fallback}" : $"{type} {parameter.Name}";
    }

    private static string Conversion(Parameter parameter)
    {
        var name = parameter.Name;
        if (parameter.Hidden)
            return "Value.None";
        if (parameter.IsTensorList)
            return $"Value.Pinned({name}Handles, {name}.Length, optional: {(parameter.Type == "Tensor?[]" ? "true" : "false")})";
        if (parameter.IsList)
        {
            var list = $"Value.Pinned({name}Items, {name}.Length)";
            var absent = parameter.Type.EndsWith("]?", StringComparison.Ordinal) ? "Value.None" : parameter.Default?.Trim('[', ']') is { Length: > 0 } number ? $"Value.Of({number}L)" : null;
            return absent is null ? list : $"{name}.IsEmpty ? {absent} : {list}";
        }
        return parameter.Type switch
        {
            "Scalar" when parameter.Default is not null => $"Value.Of({name} ?? {parameter.Default})",
            "str" => $"Value.Pinned({name}Text, {name}Bytes.Length)",
            "str?" => $"{name} is null ? Value.None : Value.Pinned({name}Text, {name}Bytes.Length)",
            "ScalarType" => $"Value.Of((long){name})",
            "MemoryFormat" => $"Value.Of((long){name})",
            "Device" => $"Value.Of((Device?){name})",
            _ => $"Value.Of({name})",
        };
    }

    private static string Tuple(string returns) =>
        "(" + string.Join(", ", returns.Trim('(', ')').Split(", ").Select(part => "Tensor " + Pascal(part.Split(' ')[1]))) + ")";

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static string Identifier(string name)
    {
        var pascal = Pascal(name);
        var camel = char.ToLowerInvariant(pascal[0]) + pascal[1..];
        return camel is "from" or "end" or "value" or "this" or "implicit" ? "@" + camel : camel;
    }

    private static string Pascal(string name)
    {
        var result = new StringBuilder();
        foreach (var part in name.Split('_', StringSplitOptions.RemoveEmptyEntries))
            result.Append(char.ToUpperInvariant(part[0])).Append(part.AsSpan(1));
        return result.ToString();
    }
}
