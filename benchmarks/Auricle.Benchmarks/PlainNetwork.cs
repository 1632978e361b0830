using Auricle.Models.Encoders.MobileNet;
using Auricle.Torch;

namespace Auricle.Benchmarks;

/// <summary>The operations of a convolutional network on images [clips, channels, rows, columns], each by itself as its authors write them.</summary>
/// <typeparam name="T">What stands for an image: its values, or its name in a graph.</typeparam>
internal interface INetworkWriter<T>
{
    /// <summary>A convolution of an odd kernel, padded so that only the stride makes the image smaller.</summary>
    T Convolve(T image, string weight, int stride, long groups);
    T Norm(T image, string name, double epsilon);
    T Relu(T image);
    T Hardswish(T image);
    T Sigmoid(T image);
    T Add(T first, T second);
    T Mul(T image, T weights);
    T Halve(T image);
    T SwapChannelsAndColumns(T image);
    T Mean(T image, params long[] dimensions);
    T Largest(T image, long dimension);
    T Dense(T rows, string name);
    /// <summary>[clips, channels] → [clips, channels, 1, 1].</summary>
    T AsImage(T rows);
}

/// <summary>Audio encoders written plainly, as their authors have them, for whatever computes or writes them down.</summary>
/// <param name="writer">Computes, or writes a graph.</param>
/// <param name="shapes">The shapes of the weights.</param>
/// <param name="epsilon">What batch norms add to variances.</param>
internal sealed class PlainNetwork<T>(INetworkWriter<T> writer, IReadOnlyDictionary<string, long[]> shapes, double epsilon)
{
    /// <summary>[clips, 1, frames, mels] → [clips, tags].</summary>
    public T Cnn14(T logMel)
    {
        var x = writer.SwapChannelsAndColumns(writer.Norm(writer.SwapChannelsAndColumns(logMel), "bn0", epsilon));
        for (var block = 1; block <= 6; block++)
        {
            for (var i = 1; i <= 2; i++)
                x = writer.Relu(writer.Norm(writer.Convolve(x, $"conv_block{block}.conv{i}.weight", 1, 1), $"conv_block{block}.bn{i}", epsilon));
            x = block < 6 ? writer.Halve(x) : x;
        }
        var frames = writer.Mean(x, 3);
        return writer.Dense(writer.Relu(writer.Dense(writer.Add(writer.Largest(frames, 2), writer.Mean(frames, 2)), "fc1")), "fc_audioset");
    }

    /// <summary>[clips, 1, mels, frames] → [clips, tags].</summary>
    public T MobileNet(MobileNetConfig config, T image)
    {
        var last = 0;
        while (shapes.ContainsKey($"features.{last + 1}.block.0.0.weight"))
            last++;
        var x = writer.Hardswish(Unit(image, "features.0", 2));
        var channels = shapes["features.0.0.weight"][0];
        for (var i = 1; i <= last; i++)
        {
            // The sixth block is the last that ends in ReLU; these halve the image.
            Func<T, T> activate = i <= 6 ? writer.Relu : writer.Hardswish;
            var stride = i is 2 or 4 or 7 or 13 ? 2 : 1;
            var place = 0;
            var y = x;
            if (shapes[$"features.{i}.block.0.0.weight"][1] > 1)
                y = activate(Unit(y, $"features.{i}.block.{place++}", 1));
            y = activate(Unit(y, $"features.{i}.block.{place++}", stride));
            var squeeze = $"features.{i}.block.{place}.conc_se_layers.0";
            if (shapes.ContainsKey(squeeze + ".fc1.weight"))
            {
                var share = writer.Dense(writer.Relu(writer.Dense(writer.Mean(y, 2, 3), squeeze + ".fc1")), squeeze + ".fc2");
                y = writer.Mul(y, writer.AsImage(writer.Sigmoid(share)));
                place++;
            }
            y = Unit(y, $"features.{i}.block.{place}", 1);
            var outputs = shapes[$"features.{i}.block.{place}.0.weight"][0];
            x = stride == 1 && outputs == channels ? writer.Add(y, x) : y;
            channels = outputs;
        }
        x = writer.Mean(writer.Hardswish(Unit(x, $"features.{last + 1}", 1)), 2, 3);
        if (shapes[$"features.{last + 1}.0.weight"][0] != config.Width)
            throw new InvalidOperationException($"The plain network does not end with {config.Width} channels.");
        return writer.Dense(writer.Hardswish(writer.Dense(x, "classifier.2")), "classifier.5");
    }

    private T Unit(T image, string name, int stride)
    {
        var shape = shapes[name + ".0.weight"];
        return writer.Norm(writer.Convolve(image, name + ".0.weight", stride, shape[1] == 1 && name != "features.0" ? shape[0] : 1), name + ".1", epsilon);
    }
}

/// <summary>Computes a plain network through libtorch: NCHW images, float32.</summary>
internal sealed class TorchWriter(WeightStore store) : INetworkWriter<Tensor>
{
    private readonly Dictionary<string, Tensor> _weights = store.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor);

    public IReadOnlyDictionary<string, long[]> Shapes { get; } = store.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor.Shape.ToArray());

    /// <summary>Whether norms take the statistics of the batch.</summary>
    public bool IsTraining { get; init; }

    public Tensor Convolve(Tensor image, string weight, int stride, long groups)
    {
        var padding = _weights[weight].Size(2) / 2;
        return image.Conv2d(_weights[weight], null, [stride, stride], [padding, padding], [1, 1], groups);
    }

    public Tensor Norm(Tensor image, string name, double epsilon) => image.BatchNorm(
        _weights[name + ".weight"], _weights[name + ".bias"], _weights[name + ".running_mean"], _weights[name + ".running_var"], IsTraining, 0.1, epsilon, false);

    public Tensor Relu(Tensor image) => image.Relu();
    public Tensor Hardswish(Tensor image) => image.Hardswish();
    public Tensor Sigmoid(Tensor image) => image.Sigmoid();
    public Tensor Add(Tensor first, Tensor second) => first.Add(second);
    public Tensor Mul(Tensor image, Tensor weights) => image.Mul(weights);
    public Tensor Halve(Tensor image) => image.AvgPool2d([2, 2]);
    public Tensor SwapChannelsAndColumns(Tensor image) => image.Transpose(1, 3).Contiguous();
    public Tensor Mean(Tensor image, params long[] dimensions) => image.Mean(dimensions);
    public Tensor Largest(Tensor image, long dimension) => image.Amax([dimension]);
    public Tensor Dense(Tensor rows, string name) => rows.Linear(_weights[name + ".weight"], _weights[name + ".bias"]);
    public Tensor AsImage(Tensor rows) => rows.Unsqueeze(2).Unsqueeze(3);
}
