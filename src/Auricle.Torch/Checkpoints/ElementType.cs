namespace Auricle.Torch.Checkpoints;

/// <summary>An element type as a file states it, which may be one that the library does not compute with.</summary>
/// <param name="Name">PyTorch's name, for example <c>float32</c>; the file's own name where PyTorch has none.</param>
/// <param name="Size">Bytes per element; 0 where it is not known.</param>
/// <param name="DType">The library's type, if it has one.</param>
internal sealed record ElementType(string Name, int Size, DType? DType)
{
    private static readonly ElementType[] Known =
    [
        new("uint8", 1, Torch.DType.UInt8),
        new("int8", 1, Torch.DType.Int8),
        new("int16", 2, Torch.DType.Int16),
        new("int32", 4, Torch.DType.Int32),
        new("int64", 8, Torch.DType.Int64),
        new("float16", 2, Torch.DType.Float16),
        new("float32", 4, Torch.DType.Float32),
        new("float64", 8, Torch.DType.Float64),
        new("complex64", 8, Torch.DType.Complex64),
        new("bool", 1, Torch.DType.Bool),
        new("bfloat16", 2, Torch.DType.BFloat16),
        new("uint16", 2, null),
        new("uint32", 4, null),
        new("uint64", 8, null),
        new("complex32", 4, null),
        new("complex128", 16, null),
        new("float8_e4m3fn", 1, null),
        new("float8_e5m2", 1, null),
        new("quint8", 1, null),
        new("qint8", 1, null),
        new("qint32", 4, null),
    ];

    private static readonly Dictionary<string, ElementType> ByName = Known.ToDictionary(type => type.Name);

    private static readonly Dictionary<string, string> SafetensorsNames = new()
    {
        ["U8"] = "uint8", ["I8"] = "int8", ["I16"] = "int16", ["I32"] = "int32", ["I64"] = "int64",
        ["F16"] = "float16", ["F32"] = "float32", ["F64"] = "float64", ["C64"] = "complex64", ["BOOL"] = "bool",
        ["BF16"] = "bfloat16", ["U16"] = "uint16", ["U32"] = "uint32", ["U64"] = "uint64",
        ["F8_E4M3"] = "float8_e4m3fn", ["F8_E5M2"] = "float8_e5m2",
    };

    private static readonly Dictionary<string, string> StorageNames = new()
    {
        ["ByteStorage"] = "uint8", ["CharStorage"] = "int8", ["ShortStorage"] = "int16", ["IntStorage"] = "int32",
        ["LongStorage"] = "int64", ["HalfStorage"] = "float16", ["FloatStorage"] = "float32", ["DoubleStorage"] = "float64",
        ["ComplexFloatStorage"] = "complex64", ["ComplexDoubleStorage"] = "complex128", ["BoolStorage"] = "bool",
        ["BFloat16Storage"] = "bfloat16", ["QUInt8Storage"] = "quint8", ["QInt8Storage"] = "qint8",
        ["QInt32Storage"] = "qint32", ["UntypedStorage"] = "uint8",
    };

    private static readonly Dictionary<string, string> NumPyNames = new()
    {
        ["b1"] = "bool", ["i1"] = "int8", ["i2"] = "int16", ["i4"] = "int32", ["i8"] = "int64", ["u1"] = "uint8",
        ["u2"] = "uint16", ["u4"] = "uint32", ["u8"] = "uint64", ["f2"] = "float16", ["f4"] = "float32", ["f8"] = "float64",
        ["c8"] = "complex64", ["c16"] = "complex128",
    };

    public static ElementType Of(DType dtype) => Array.Find(Known, type => type.DType == dtype)
        ?? throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Unknown element type.");

    /// <summary>The type of a safetensors header; one without a known size where the name is not known.</summary>
    public static ElementType FromSafetensors(string name) =>
        SafetensorsNames.TryGetValue(name, out var own) ? ByName[own] : new ElementType(name, 0, null);

    public static string ToSafetensors(DType dtype)
    {
        var own = Of(dtype).Name;
        return SafetensorsNames.First(pair => pair.Value == own).Key;
    }

    /// <summary>The type of a storage class of <c>torch</c>, or <see langword="null"/>.</summary>
    public static ElementType? FromStorageClass(string name) =>
        StorageNames.TryGetValue(name, out var own) ? ByName[own] : null;

    /// <summary>The type behind <c>torch.NAME</c>, or <see langword="null"/>.</summary>
    public static ElementType? FromTorch(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The type of a NumPy type code such as <c>f4</c>, or <see langword="null"/> for strings, records and objects.</summary>
    public static ElementType? FromNumPy(string code) =>
        NumPyNames.TryGetValue(code, out var own) ? ByName[own] : null;
}
