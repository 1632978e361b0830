using Auricle.Models.Encoders.MobileNet;
using Auricle.Torch;

namespace Auricle.Benchmarks;

/// <summary>Audio encoders written plainly, as their authors have them: NCHW images, every layer by itself, float32.</summary>
/// <param name="store">A float32 model's weights.</param>
/// <param name="epsilon">What its batch norms add to variances.</param>
internal sealed class PlainNetwork(WeightStore store, double epsilon)
{
    private readonly Dictionary<string, Tensor> _weights = store.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor);

    /// <summary>[clips, 1, frames, mels] → [clips, tags].</summary>
    public Tensor Cnn14(Tensor logMel)
    {
        var x = Norm("bn0", logMel.Transpose(1, 3)).Transpose(1, 3).Contiguous();
        for (var block = 1; block <= 6; block++)
        {
            using var scope = TensorScope.Begin();
            for (var i = 1; i <= 2; i++)
                x = Norm($"conv_block{block}.bn{i}", x.Conv2d(_weights[$"conv_block{block}.conv{i}.weight"], null, [1, 1], [1, 1])).Relu();
            x = scope.Keep(block < 6 ? x.AvgPool2d([2, 2]) : x);
        }
        var frames = x.Mean([3]);
        return Dense("fc_audioset", Dense("fc1", frames.Amax([2]).Add(frames.Mean([2]))).Relu());
    }

    /// <summary>[clips, 1, mels, frames] → [clips, tags].</summary>
    public Tensor MobileNet(MobileNetConfig config, Tensor image)
    {
        var last = 0;
        while (_weights.ContainsKey($"features.{last + 1}.block.0.0.weight"))
            last++;
        var x = Unit("features.0", image, 2).Hardswish();
        for (var i = 1; i <= last; i++)
        {
            using var scope = TensorScope.Begin();
            // The sixth block is the last that ends in ReLU; these halve the image.
            Func<Tensor, Tensor> activate = i <= 6 ? y => y.Relu() : y => y.Hardswish();
            var stride = i is 2 or 4 or 7 or 13 ? 2 : 1;
            var y = x;
            var place = 0;
            if (_weights[$"features.{i}.block.0.0.weight"].Size(1) > 1)
                y = activate(Unit($"features.{i}.block.{place++}", y, 1));
            y = activate(Unit($"features.{i}.block.{place++}", y, stride));
            var squeeze = $"features.{i}.block.{place}.conc_se_layers.0";
            if (_weights.ContainsKey(squeeze + ".fc1.weight"))
            {
                y = y.Mul(Dense(squeeze + ".fc2", Dense(squeeze + ".fc1", y.Mean([2, 3])).Relu()).Sigmoid().Unsqueeze(2).Unsqueeze(3));
                place++;
            }
            y = Unit($"features.{i}.block.{place}", y, 1);
            x = scope.Keep(stride == 1 && y.Size(1) == x.Size(1) ? y.Add(x) : y);
        }
        x = Unit($"features.{last + 1}", x, 1).Hardswish().Mean([2, 3]);
        if (x.Size(1) != config.Width)
            throw new InvalidOperationException($"The plain network ends with {x.Size(1)} channels, expected {config.Width}.");
        return Dense("classifier.5", Dense("classifier.2", x).Hardswish());
    }

    private Tensor Unit(string name, Tensor image, long stride)
    {
        var weight = _weights[name + ".0.weight"];
        var groups = weight.Size(1) == 1 && image.Size(1) > 1 ? image.Size(1) : 1;
        return Norm(name + ".1", image.Conv2d(weight, null, [stride, stride], [weight.Size(2) / 2, weight.Size(2) / 2], [1, 1], groups));
    }

    private Tensor Norm(string name, Tensor image) => image.BatchNorm(
        _weights[name + ".weight"], _weights[name + ".bias"], _weights[name + ".running_mean"], _weights[name + ".running_var"], false, 0.1, epsilon, false);

    private Tensor Dense(string name, Tensor input) => input.Linear(_weights[name + ".weight"], _weights[name + ".bias"]);
}
