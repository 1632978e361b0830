using Auricle.Testing;
using Auricle.Torch.Native;
using Auricle.Torch.Operators;

namespace Auricle.Torch.Tests.Engine;

/// <summary>Every operator of the list, called wrongly: an engine refuses with a sentence and goes on.</summary>
[NoLeaks]
[Collection("tensors")]
public sealed unsafe class RefusalTests
{
    private const int Rounds = 30;

    private static readonly string[] Lines =
        [.. File.ReadLines(Path.Combine(Fixtures.RepositoryRoot, "src", "Auricle.Torch", "Operators", "ops.txt")).Where(line => line.Length > 0 && line[0] != '#')];

    public static TheoryData<string> Operators => [.. Lines.Select(line => line[..line.IndexOf('(', StringComparison.Ordinal)])];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Operator_OfTheList_Exists(string name) => Assert.True(Find(name).Operator.Exists);

    [Fact]
    public void Operator_Unknown_IsNamed()
    {
        var error = Assert.Throws<OperatorMissingException>(() => Call(new TorchOperator("aten::no_such"), []));
        Assert.Contains("aten::no_such", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Call_WithTooManyOrTooFewArguments_IsRefused(string name)
    {
        var (op, schema) = Find(name);
        using var scope = TensorScope.Begin();
        using var pool = new ArgumentPool(1);
        var arguments = schema.Parameters.Select(pool.Any).ToList();
        AssertRefused(op, [.. arguments, Value.Of(1L)]);
        if (schema.Parameters.Any(parameter => parameter.Default is null))
            AssertRefused(op, []);
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Call_WithAnArgumentOfAnotherKind_IsRefused(string name)
    {
        var (op, schema) = Find(name);
        using var scope = TensorScope.Begin();
        using var pool = new ArgumentPool(2);
        for (var i = 0; i < schema.Parameters.Count; i++)
        {
            var arguments = schema.Parameters.Select(pool.Any).ToArray();
            // No operator of the list takes a device where it takes a tensor or a number, nor a tensor where it takes a device.
            arguments[i] = schema.Parameters[i].Type.StartsWith("Device", StringComparison.Ordinal) ? Value.Of(Tensor.Ones([1])) : Value.Of((Device?)Device.Cpu);
            AssertRefused(op, arguments);
        }
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Call_WithTensorsThatDoNotFit_IsComputedOrRefused(string name)
    {
        var (op, schema) = Find(name);
        for (var round = 0; round < Rounds; round++)
        {
            using var scope = TensorScope.Begin();
            using var pool = new ArgumentPool(round);
            _ = Try(op, [.. schema.Parameters.Select(pool.Any)]);
        }
        using var after = TensorScope.Begin();
        Assert.Equal([2, 2], Tensor.Ones([2]).Add(1).ToArray<float>());
    }

    private static (TorchOperator Operator, OperatorGenerator.Schema Schema) Find(string name)
    {
        var schema = OperatorGenerator.Parse(Array.Find(Lines, line => line.StartsWith(name + "(", StringComparison.Ordinal))!);
        return (new TorchOperator("aten::" + schema.Name, schema.Overload), schema);
    }

    private static void AssertRefused(TorchOperator op, Value[] arguments) =>
        Assert.True(Try(op, arguments) is not null, "a wrong call was not refused");

    private static TorchException? Try(TorchOperator op, Value[] arguments)
    {
        try
        {
            Call(op, arguments);
            return null;
        }
        catch (TorchException error)
        {
            Assert.False(string.IsNullOrWhiteSpace(error.Message));
            Assert.DoesNotContain("Exception raised from", error.Message, StringComparison.Ordinal);
            return error;
        }
    }

    private static void Call(TorchOperator op, Value[] arguments)
    {
        var results = stackalloc Value[8];
        int count;
        fixed (Value* start = arguments)
            count = op.Invoke(start, arguments.Length, results, 8);
        for (var i = 0; i < count; i++)
        {
            if (results[i].Kind == ValueKind.Tensor)
                NativeMethods.aur_tensor_free((nint)results[i].Payload);
            if (results[i].Kind != ValueKind.TensorList)
                continue;
            for (var item = 0; item < results[i].Count; item++)
                NativeMethods.aur_tensor_free(((nint*)results[i].Payload)[item]);
            NativeMethods.aur_free((void*)results[i].Payload);
        }
    }
}
