using System.Runtime.InteropServices;
using Auricle.Torch;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;

namespace Auricle.Benchmarks;

/// <summary>Writes a plain network as an ONNX graph.</summary>
internal sealed class OnnxWriter : INetworkWriter<string>
{
    private const int OperatorSet = 17;
    private const int FormatVersion = 8;
    private readonly GraphProto _graph = new() { Name = "network" };

    public OnnxWriter(WeightStore store)
    {
        Shapes = store.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor.Shape.ToArray());
        foreach (var weight in store.Entries)
            AddConstant(weight.Name, TensorProto.Types.DataType.Float, weight.Tensor.Shape, MemoryMarshal.AsBytes<float>(weight.Tensor.ToArray<float>()));
    }

    public IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <summary>The finished graph between these names.</summary>
    public byte[] Finish(string input, string output)
    {
        _graph.Input.Add(Value(input, 4));
        _graph.Output.Add(Value(output, 2));
        return new ModelProto { IrVersion = FormatVersion, Graph = _graph, OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } } }.ToByteArray();
    }

    public string Convolve(string image, string weight, int stride, long groups)
    {
        var kernel = Shapes[weight][2];
        var padding = kernel / 2;
        return Node("Conv", [image, weight], Numbers("kernel_shape", kernel, kernel), Numbers("strides", stride, stride),
            Numbers("pads", padding, padding, padding, padding), Number("group", groups));
    }

    public string Norm(string image, string name, double epsilon) => Node(
        "BatchNormalization", [image, name + ".weight", name + ".bias", name + ".running_mean", name + ".running_var"],
        new AttributeProto { Name = "epsilon", Type = AttributeProto.Types.AttributeType.Float, F = (float)epsilon });

    public string Relu(string image) => Node("Relu", [image]);
    public string Hardswish(string image) => Node("HardSwish", [image]);
    public string Sigmoid(string image) => Node("Sigmoid", [image]);
    public string Add(string first, string second) => Node("Add", [first, second]);
    public string Mul(string image, string weights) => Node("Mul", [image, weights]);
    public string Halve(string image) => Node("AveragePool", [image], Numbers("kernel_shape", 2, 2), Numbers("strides", 2, 2));
    public string SwapChannelsAndColumns(string image) => Node("Transpose", [image], Numbers("perm", 0, 3, 2, 1));
    public string Mean(string image, params long[] dimensions) => Node("ReduceMean", [image], Numbers("axes", dimensions), Number("keepdims", 0));
    public string Largest(string image, long dimension) => Node("ReduceMax", [image], Numbers("axes", dimension), Number("keepdims", 0));
    public string Dense(string rows, string name) => Node("Gemm", [rows, name + ".weight", name + ".bias"], Number("transB", 1));

    public string AsImage(string rows)
    {
        const string Axes = "image_axes";
        if (_graph.Initializer.All(constant => constant.Name != Axes))
            AddConstant(Axes, TensorProto.Types.DataType.Int64, [2], MemoryMarshal.AsBytes<long>([2, 3]));
        return Node("Unsqueeze", [rows, Axes]);
    }

    private string Node(string type, string[] inputs, params AttributeProto[] attributes)
    {
        var output = $"value{_graph.Node.Count}";
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return output;
    }

    private void AddConstant(string name, TensorProto.Types.DataType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> values)
    {
        var constant = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(values) };
        constant.Dims.AddRange(shape.ToArray());
        _graph.Initializer.Add(constant);
    }

    private static AttributeProto Number(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    private static AttributeProto Numbers(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    private static ValueInfoProto Value(string name, int dimensions)
    {
        var shape = new TensorShapeProto();
        for (var i = 0; i < dimensions; i++)
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = $"{name}{i}" });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }
}

/// <summary>A network in ONNX Runtime, on as many threads as libtorch has here. None of them spins while it waits.</summary>
internal sealed class OnnxNetwork : IDisposable
{
    private const string Input = "input";
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();

    /// <param name="store">The weights.</param>
    /// <param name="write">Writes the network behind an input, and gives the name of what comes out.</param>
    public OnnxNetwork(WeightStore store, Func<OnnxWriter, string, string> write)
    {
        var writer = new OnnxWriter(store);
        var graph = writer.Finish(Input, write(writer, Input));
        using var options = new SessionOptions { IntraOpNumThreads = TorchRuntime.Threads, InterOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(graph, options);
    }

    /// <summary>ONNX Runtime's version.</summary>
    public static string Version => OrtEnv.Instance().GetVersionString();

    /// <summary>[clips, channels, rows, columns] → what the graph gives, row-major.</summary>
    public float[] Run(float[] image, long[] shape)
    {
        using var value = OrtValue.CreateTensorValueFromMemory(image, shape);
        using var outputs = _session.Run(_options, [Input], [value], _session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }
}
