using Auricle.Models.Encoders.AudioMae;
using Auricle.Models.Encoders.HtsAt;
using Auricle.Models.Encoders.Passt;
using Auricle.Models.Encoders.Text;
using Auricle.Torch;

namespace Auricle.Benchmarks;

/// <summary>Transformers written plainly, as their authors have them: every layer a function of its own, <c>linear</c>, float32.</summary>
/// <param name="store">A float32 model's weights.</param>
/// <param name="epsilon">What layer norms add to variances.</param>
internal sealed class PlainTransformers(WeightStore store, double epsilon)
{
    private static readonly string[] AttentionParts = ["query", "key", "value"];

    private readonly Dictionary<string, Tensor> _weights = store.Entries.ToDictionary(weight => weight.Name, weight => weight.Tensor);

    /// <summary>[batch, 1, bands, frames] → [batch, width].</summary>
    public Tensor Passt(PasstConfig config, Tensor image)
    {
        using var scope = TensorScope.Begin();
        var x = image.Conv2d(_weights["patch_embed.proj.weight"], _weights["patch_embed.proj.bias"], [config.Stride]);
        x = x.Add(_weights["time_new_pos_embed"].Narrow(3, 0, x.Size(3))).Add(_weights["freq_new_pos_embed"]).Flatten(2).Transpose(1, 2);
        var places = _weights["new_pos_embed"];
        var cls = _weights["cls_token"].Expand([image.Size(0), 1, config.PatchWidth]).Add(places.Narrow(1, 0, 1));
        var dist = _weights["dist_token"].Expand([image.Size(0), 1, config.PatchWidth]).Add(places.Narrow(1, 1, 1));
        x = Tensor.Cat([cls, dist, x], 1);
        for (var i = 0; i < config.Layers; i++)
            x = Block(x, $"blocks.{i}", config.Heads, usesSilu: false);
        x = Norm(x, "norm");
        return scope.Keep(x.Select(1, 0).Add(x.Select(1, 1)).Div(2));
    }

    /// <summary>[batch, 1, frames, bands], frames a multiple of the patch → [batch, width].</summary>
    public Tensor AudioMae(AudioMaeConfig config, Tensor image)
    {
        using var scope = TensorScope.Begin();
        var (batch, size, width) = (image.Size(0), config.PatchSize, config.PatchWidth);
        var columns = image.Size(2) / size;
        var cut = image.Narrow(2, 0, columns * size).Reshape(batch, columns, size, config.Rows, size).Permute(0, 1, 3, 2, 4)
            .Reshape(batch, columns * config.Rows, size * size);
        var rates = Tensor.Arange(0, width, 2, DType.Float32, Device.Cpu).Mul(-Math.Log(10000) / width).Exp();
        var angles = Tensor.Arange(0, columns, 1, DType.Float32, Device.Cpu).Unsqueeze(1).Mul(rates);
        var places = Tensor.Cat([angles.Sin(), angles.Cos()], 1).Unsqueeze(1).Add(_weights["freq_positional_embedding"]).Reshape(columns * config.Rows, width);
        var x = Linear(cut, "input_proj").Add(places);
        for (var i = 0; i < config.Layers; i++)
            x = Block(x, $"layers.{i}", config.Heads, usesSilu: true);
        return scope.Keep(Norm(x, "norm").Mean([1]));
    }

    /// <summary>A square image of one full window, [batch, 1, frames, bands] → [batch, width].</summary>
    public Tensor HtsAt(HtsAtConfig config, Tensor logMel)
    {
        using var scope = TensorScope.Begin();
        var bands = config.LogMel.MelBands;
        var x = logMel.Transpose(1, 3).BatchNorm(
            _weights["bn0.weight"], _weights["bn0.bias"], _weights["bn0.running_mean"], _weights["bn0.running_var"], false, 0.1, epsilon, false).Transpose(1, 3);
        x = x.Contiguous().UpsampleBicubic2d([config.Frames, bands], alignCorners: true);
        x = x.Transpose(2, 3).Reshape(-1, bands, config.Groups, config.ImageSize).Transpose(1, 2).Reshape(-1, 1, config.ImageSize, config.ImageSize);
        x = Norm(x.Conv2d(_weights["patch_embed.proj.weight"], _weights["patch_embed.proj.bias"], [config.PatchSize]).Flatten(2).Transpose(1, 2), "patch_embed.norm");
        var side = config.ImageSize / config.PatchSize;
        for (var stage = 0; stage < config.Depths.Count; stage++)
        {
            for (var block = 0; block < config.Depths[stage]; block++)
                x = WindowBlock(x, $"layers.{stage}.blocks.{block}", config, config.Heads[stage], side, block % 2 == 1 && side > config.WindowSize ? config.WindowSize / 2 : 0);
            if (stage == config.Depths.Count - 1)
                continue;
            var image = x.Reshape(x.Size(0), side / 2, 2, side / 2, 2, x.Size(2)).Permute(0, 1, 3, 4, 2, 5).Reshape(x.Size(0), side * side / 4, 4 * x.Size(2));
            x = Norm(image, $"layers.{stage}.downsample.norm").Linear(_weights[$"layers.{stage}.downsample.reduction.weight"], null);
            side /= 2;
        }
        return scope.Keep(Norm(x, "norm").Mean([1]));
    }

    /// <summary>[batch, length] → [batch, length, width], no padding.</summary>
    public Tensor Text(TextEncoderConfig config, Tensor ids)
    {
        using var scope = TensorScope.Begin();
        var first = config.PaddingId + 1;                                                  // RoBERTa counts positions from behind its padding
        var x = _weights["embeddings.word_embeddings.weight"].Embedding(ids, -1)
            .Add(_weights["embeddings.position_embeddings.weight"].Narrow(0, first, ids.Size(1))).Add(_weights["embeddings.token_type_embeddings.weight"].Select(0, 0));
        x = Norm(x, "embeddings.LayerNorm");
        for (var i = 0; i < config.Layers; i++)
        {
            var place = $"encoder.layer.{i}";
            var parts = AttentionParts.Select(part => Heads(Linear(x, $"{place}.attention.self.{part}"), config.Heads)).ToArray();
            var mixed = Attend(parts[0], parts[1], parts[2], null).Transpose(1, 2).Reshape(x.Size(0), x.Size(1), config.Width);
            x = Norm(Linear(mixed, $"{place}.attention.output.dense").Add(x), $"{place}.attention.output.LayerNorm");
            x = Norm(Linear(Linear(x, $"{place}.intermediate.dense").Gelu(), $"{place}.output.dense").Add(x), $"{place}.output.LayerNorm");
        }
        return scope.Keep(x);
    }

    private Tensor Block(Tensor x, string name, int heads, bool usesSilu)
    {
        using var scope = TensorScope.Begin();
        var (batch, tokens, width) = (x.Size(0), x.Size(1), x.Size(2));
        var parts = Linear(Norm(x, $"{name}.norm1"), $"{name}.attn.qkv").Reshape(batch, tokens, 3, heads, width / heads).Permute(2, 0, 3, 1, 4).Unbind();
        x = x.Add(Linear(Attend(parts[0], parts[1], parts[2], null).Transpose(1, 2).Reshape(batch, tokens, width), $"{name}.attn.proj"));
        var wide = Linear(Norm(x, $"{name}.norm2"), $"{name}.mlp.fc1");
        return scope.Keep(x.Add(Linear(usesSilu ? wide.Silu() : wide.Gelu(), $"{name}.mlp.fc2")));
    }

    private Tensor WindowBlock(Tensor x, string name, HtsAtConfig config, int heads, int side, int shift)
    {
        using var scope = TensorScope.Begin();
        var (batch, width, window) = (x.Size(0), x.Size(2), config.WindowSize);
        var (windows, patches) = (side / window, (long)window * window);
        var image = Norm(x, $"{name}.norm1").Reshape(batch, side, side, width);
        image = shift > 0 ? image.Roll([-shift, -shift], [1, 2]) : image;
        var cut = image.Reshape(batch, windows, window, windows, window, width).Permute(0, 1, 3, 2, 4, 5).Reshape(-1, patches, width);
        var parts = Linear(cut, $"{name}.attn.qkv").Reshape(-1, patches, 3, heads, width / heads).Permute(2, 0, 3, 1, 4).Unbind();
        var places = Tensor.From<long>(WindowAttention.RelativePositions(window), patches * patches);
        var bias = _weights[$"{name}.attn.relative_position_bias_table"].IndexSelect(0, places).View(1, patches, patches, heads).Permute(0, 3, 1, 2);
        if (shift > 0)
            bias = bias.Add(Tensor.From<float>(WindowAttention.ShiftMask(side, window, shift), windows * windows, 1, patches, patches)).Repeat([batch, 1, 1, 1]);
        var mixed = Attend(parts[0], parts[1], parts[2], bias).Transpose(1, 2).Reshape(-1, patches, width);
        image = Linear(mixed, $"{name}.attn.proj").Reshape(batch, windows, windows, window, window, width).Permute(0, 1, 3, 2, 4, 5).Reshape(batch, side, side, width);
        image = shift > 0 ? image.Roll([shift, shift], [1, 2]) : image;
        x = x.Add(image.Reshape(batch, (long)side * side, width));
        return scope.Keep(x.Add(Linear(Linear(Norm(x, $"{name}.norm2"), $"{name}.mlp.fc1").Gelu(), $"{name}.mlp.fc2")));
    }

    private static Tensor Heads(Tensor x, int heads) => x.Reshape(x.Size(0), x.Size(1), heads, x.Size(2) / heads).Transpose(1, 2);

    private static Tensor Attend(Tensor queries, Tensor keys, Tensor values, Tensor? bias)
    {
        var scores = queries.Matmul(keys.Transpose(-2, -1)).Mul(1 / Math.Sqrt(queries.Size(-1)));
        return (bias is null ? scores : scores.Add(bias)).Softmax(-1).Matmul(values);
    }

    private Tensor Linear(Tensor x, string name) => x.Linear(_weights[name + ".weight"], _weights[name + ".bias"]);

    private Tensor Norm(Tensor x, string name) => x.LayerNorm([x.Size(-1)], _weights[name + ".weight"], _weights[name + ".bias"], epsilon);
}
