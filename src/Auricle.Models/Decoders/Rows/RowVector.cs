using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Auricle.Models.Decoders.Rows;

/// <summary>The vectors of <see cref="RowKernel"/>: as long as the processor's registers.</summary>
internal unsafe interface IRowVector<TSelf> where TSelf : struct, IRowVector<TSelf>
{
    /// <summary>Floats in one vector.</summary>
    static abstract int Count { get; }

    static abstract TSelf Create(float value);

    static abstract TSelf Load(float* source);

    /// <summary>Widens the lower ones of pairs of bfloat16.</summary>
    static abstract TSelf WidenLow(uint* source);

    /// <summary>Widens the upper ones.</summary>
    static abstract TSelf WidenHigh(uint* source);

    /// <summary>a b + c.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract void Store(TSelf value, float* destination);
}

/// <summary>Eight floats: AVX2.</summary>
internal readonly unsafe struct RowVector256(Vector256<float> value) : IRowVector<RowVector256>
{
    private readonly Vector256<float> _value = value;

    public static int Count => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector256 Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector256 WidenLow(uint* source) => new(Vector256.ShiftLeft(Vector256.Load(source), 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector256 WidenHigh(uint* source) => new((Vector256.Load(source) & Vector256.Create(0xFFFF0000u)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector256 MultiplyAdd(RowVector256 a, RowVector256 b, RowVector256 c) => new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RowVector256 value, float* destination) => value._value.Store(destination);
}

/// <summary>Sixteen floats: AVX-512.</summary>
internal readonly unsafe struct RowVector512(Vector512<float> value) : IRowVector<RowVector512>
{
    private readonly Vector512<float> _value = value;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector512 WidenLow(uint* source) => new(Vector512.ShiftLeft(Vector512.Load(source), 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector512 WidenHigh(uint* source) => new((Vector512.Load(source) & Vector512.Create(0xFFFF0000u)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowVector512 MultiplyAdd(RowVector512 a, RowVector512 b, RowVector512 c) => new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RowVector512 value, float* destination) => value._value.Store(destination);
}
