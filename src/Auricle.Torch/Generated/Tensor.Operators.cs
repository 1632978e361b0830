// Made by Operators/OperatorGenerator.cs from Operators/ops.txt; do not edit.
#nullable enable
using System.Text;
using Auricle.Torch.Native;

namespace Auricle.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly TorchOperator OpAbs = new("aten::abs", "");

    /// <summary>ATen's <c>abs(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Abs()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpAbs.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpAddTensor = new("aten::add", "Tensor");

    /// <summary>ATen's <c>add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -&gt; Tensor</c>.</summary>
    public Tensor Add(Tensor other, Scalar? alpha = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        arguments[2] = Value.Of(alpha ?? 1);
        return OpAddTensor.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpAddScalar = new("aten::add", "Scalar");

    /// <summary>ATen's <c>add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -&gt; Tensor</c>.</summary>
    public Tensor Add(Scalar other, Scalar? alpha = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        arguments[2] = Value.Of(alpha ?? 1);
        return OpAddScalar.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpAddInPlaceTensor = new("aten::add_", "Tensor");

    /// <summary>ATen's <c>add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -&gt; Tensor(a!)</c>.</summary>
    public void AddInPlace(Tensor other, Scalar? alpha = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        arguments[2] = Value.Of(alpha ?? 1);
        OpAddInPlaceTensor.CallInPlace(arguments, 3);
    }

    private static readonly TorchOperator OpAddInPlaceScalar = new("aten::add_", "Scalar");

    /// <summary>ATen's <c>add_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -&gt; Tensor(a!)</c>.</summary>
    public void AddInPlace(Scalar other, Scalar? alpha = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        arguments[2] = Value.Of(alpha ?? 1);
        OpAddInPlaceScalar.CallInPlace(arguments, 3);
    }

    private static readonly TorchOperator OpAddcdivInPlace = new("aten::addcdiv_", "");

    /// <summary>ATen's <c>addcdiv_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -&gt; Tensor(a!)</c>.</summary>
    public void AddcdivInPlace(Tensor tensor1, Tensor tensor2, Scalar? @value = null)
    {
        var arguments = stackalloc Value[4];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(tensor1);
        arguments[2] = Value.Of(tensor2);
        arguments[3] = Value.Of(@value ?? 1);
        OpAddcdivInPlace.CallInPlace(arguments, 4);
    }

    private static readonly TorchOperator OpAddcmulInPlace = new("aten::addcmul_", "");

    /// <summary>ATen's <c>addcmul_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -&gt; Tensor(a!)</c>.</summary>
    public void AddcmulInPlace(Tensor tensor1, Tensor tensor2, Scalar? @value = null)
    {
        var arguments = stackalloc Value[4];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(tensor1);
        arguments[2] = Value.Of(tensor2);
        arguments[3] = Value.Of(@value ?? 1);
        OpAddcmulInPlace.CallInPlace(arguments, 4);
    }

    private static readonly TorchOperator OpAll = new("aten::all", "");

    /// <summary>ATen's <c>all(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor All()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpAll.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpAmax = new("aten::amax", "");

    /// <summary>ATen's <c>amax(Tensor self, int[1] dim=[], bool keepdim=False) -&gt; Tensor</c>.</summary>
    public Tensor Amax(ReadOnlySpan<long> dim = default, bool keepdim = false)
    {
        var arguments = stackalloc Value[3];
        fixed (long* dimItems = dim)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(dimItems, dim.Length);
        arguments[2] = Value.Of(keepdim);
        return OpAmax.CallTensor(arguments, 3);
        }
    }

    private static readonly TorchOperator OpArangeStartStep = new("aten::arange", "start_step");

    /// <summary>ATen's <c>arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -&gt; Tensor</c>.</summary>
    public static Tensor Arange(Scalar start, Scalar @end, Scalar? step = null, DType? dtype = null, Device? device = null)
    {
        var arguments = stackalloc Value[7];
        arguments[0] = Value.Of(start);
        arguments[1] = Value.Of(@end);
        arguments[2] = Value.Of(step ?? 1);
        arguments[3] = Value.Of(dtype);
        arguments[4] = Value.None;
        arguments[5] = Value.Of(device);
        arguments[6] = Value.None;
        return OpArangeStartStep.CallTensor(arguments, 7);
    }

    private static readonly TorchOperator OpArgmax = new("aten::argmax", "");

    /// <summary>ATen's <c>argmax(Tensor self, int? dim=None, bool keepdim=False) -&gt; Tensor</c>.</summary>
    public Tensor Argmax(long? dim = null, bool keepdim = false)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(keepdim);
        return OpArgmax.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpAvgPool1d = new("aten::avg_pool1d", "");

    /// <summary>ATen's <c>avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, bool count_include_pad=True) -&gt; Tensor</c>.</summary>
    public Tensor AvgPool1d(ReadOnlySpan<long> kernelSize, ReadOnlySpan<long> stride = default, ReadOnlySpan<long> padding = default, bool ceilMode = false, bool countIncludePad = true)
    {
        var arguments = stackalloc Value[6];
        fixed (long* kernelSizeItems = kernelSize)
        fixed (long* strideItems = stride)
        fixed (long* paddingItems = padding)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(kernelSizeItems, kernelSize.Length);
        arguments[2] = Value.Pinned(strideItems, stride.Length);
        arguments[3] = padding.IsEmpty ? Value.Of(0L) : Value.Pinned(paddingItems, padding.Length);
        arguments[4] = Value.Of(ceilMode);
        arguments[5] = Value.Of(countIncludePad);
        return OpAvgPool1d.CallTensor(arguments, 6);
        }
    }

    private static readonly TorchOperator OpAvgPool2d = new("aten::avg_pool2d", "");

    /// <summary>ATen's <c>avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -&gt; Tensor</c>.</summary>
    public Tensor AvgPool2d(ReadOnlySpan<long> kernelSize, ReadOnlySpan<long> stride = default, ReadOnlySpan<long> padding = default, bool ceilMode = false, bool countIncludePad = true, long? divisorOverride = null)
    {
        var arguments = stackalloc Value[7];
        fixed (long* kernelSizeItems = kernelSize)
        fixed (long* strideItems = stride)
        fixed (long* paddingItems = padding)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(kernelSizeItems, kernelSize.Length);
        arguments[2] = Value.Pinned(strideItems, stride.Length);
        arguments[3] = padding.IsEmpty ? Value.Of(0L) : Value.Pinned(paddingItems, padding.Length);
        arguments[4] = Value.Of(ceilMode);
        arguments[5] = Value.Of(countIncludePad);
        arguments[6] = Value.Of(divisorOverride);
        return OpAvgPool2d.CallTensor(arguments, 7);
        }
    }

    private static readonly TorchOperator OpBatchNorm = new("aten::batch_norm", "");

    /// <summary>ATen's <c>batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -&gt; Tensor</c>.</summary>
    public Tensor BatchNorm(Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar, bool training, double momentum, double eps, bool cudnnEnabled)
    {
        var arguments = stackalloc Value[9];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(weight);
        arguments[2] = Value.Of(bias);
        arguments[3] = Value.Of(runningMean);
        arguments[4] = Value.Of(runningVar);
        arguments[5] = Value.Of(training);
        arguments[6] = Value.Of(momentum);
        arguments[7] = Value.Of(eps);
        arguments[8] = Value.Of(cudnnEnabled);
        return OpBatchNorm.CallTensor(arguments, 9);
    }

    private static readonly TorchOperator OpBernoulliP = new("aten::bernoulli", "p");

    /// <summary>ATen's <c>bernoulli.p(Tensor self, float p, *, Generator? generator=None) -&gt; Tensor</c>.</summary>
    public Tensor Bernoulli(double p)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(p);
        arguments[2] = Value.None;
        return OpBernoulliP.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpCat = new("aten::cat", "");

    /// <summary>ATen's <c>cat(Tensor[] tensors, int dim=0) -&gt; Tensor</c>.</summary>
    public static Tensor Cat(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        var tensorsHandles = stackalloc nint[Math.Max(1, tensors.Length)];
        Value.Handles(tensors, tensorsHandles);
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Pinned(tensorsHandles, tensors.Length, optional: false);
        arguments[1] = Value.Of(dim);
        return OpCat.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpChunk = new("aten::chunk", "");

    /// <summary>ATen's <c>chunk(Tensor(a -&gt; *) self, int chunks, int dim=0) -&gt; Tensor(a)[]</c>.</summary>
    public Tensor[] Chunk(long chunks, long dim = 0)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(chunks);
        arguments[2] = Value.Of(dim);
        return OpChunk.CallList(arguments, 3);
    }

    private static readonly TorchOperator OpClamp = new("aten::clamp", "");

    /// <summary>ATen's <c>clamp(Tensor self, Scalar? min=None, Scalar? max=None) -&gt; Tensor</c>.</summary>
    public Tensor Clamp(Scalar? min = null, Scalar? max = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(min);
        arguments[2] = Value.Of(max);
        return OpClamp.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpClampInPlace = new("aten::clamp_", "");

    /// <summary>ATen's <c>clamp_(Tensor(a!) self, Scalar? min=None, Scalar? max=None) -&gt; Tensor(a!)</c>.</summary>
    public void ClampInPlace(Scalar? min = null, Scalar? max = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(min);
        arguments[2] = Value.Of(max);
        OpClampInPlace.CallInPlace(arguments, 3);
    }

    private static readonly TorchOperator OpClone = new("aten::clone", "");

    /// <summary>ATen's <c>clone(Tensor self, *, MemoryFormat? memory_format=None) -&gt; Tensor</c>.</summary>
    public Tensor Clone(MemoryFormat? memoryFormat = null)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(memoryFormat);
        return OpClone.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpContiguous = new("aten::contiguous", "");

    /// <summary>ATen's <c>contiguous(Tensor(a) self, *, MemoryFormat memory_format=contiguous) -&gt; Tensor(a)</c>.</summary>
    public Tensor Contiguous(MemoryFormat memoryFormat = MemoryFormat.Contiguous)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of((long)memoryFormat);
        return OpContiguous.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpConstantPadNd = new("aten::constant_pad_nd", "");

    /// <summary>ATen's <c>constant_pad_nd(Tensor self, int[] pad, Scalar value=0) -&gt; Tensor</c>.</summary>
    public Tensor ConstantPadNd(ReadOnlySpan<long> pad, Scalar? @value = null)
    {
        var arguments = stackalloc Value[3];
        fixed (long* padItems = pad)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(padItems, pad.Length);
        arguments[2] = Value.Of(@value ?? 0);
        return OpConstantPadNd.CallTensor(arguments, 3);
        }
    }

    private static readonly TorchOperator OpConv1d = new("aten::conv1d", "");

    /// <summary>ATen's <c>conv1d(Tensor input, Tensor weight, Tensor? bias=None, int[1] stride=[1], int[1] padding=[0], int[1] dilation=[1], int groups=1) -&gt; Tensor</c>.</summary>
    public Tensor Conv1d(Tensor weight, Tensor? bias = null, ReadOnlySpan<long> stride = default, ReadOnlySpan<long> padding = default, ReadOnlySpan<long> dilation = default, long groups = 1)
    {
        var arguments = stackalloc Value[7];
        fixed (long* strideItems = stride)
        fixed (long* paddingItems = padding)
        fixed (long* dilationItems = dilation)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(weight);
        arguments[2] = Value.Of(bias);
        arguments[3] = stride.IsEmpty ? Value.Of(1L) : Value.Pinned(strideItems, stride.Length);
        arguments[4] = padding.IsEmpty ? Value.Of(0L) : Value.Pinned(paddingItems, padding.Length);
        arguments[5] = dilation.IsEmpty ? Value.Of(1L) : Value.Pinned(dilationItems, dilation.Length);
        arguments[6] = Value.Of(groups);
        return OpConv1d.CallTensor(arguments, 7);
        }
    }

    private static readonly TorchOperator OpConv2d = new("aten::conv2d", "");

    /// <summary>ATen's <c>conv2d(Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] dilation=1, int groups=1) -&gt; Tensor</c>.</summary>
    public Tensor Conv2d(Tensor weight, Tensor? bias = null, ReadOnlySpan<long> stride = default, ReadOnlySpan<long> padding = default, ReadOnlySpan<long> dilation = default, long groups = 1)
    {
        var arguments = stackalloc Value[7];
        fixed (long* strideItems = stride)
        fixed (long* paddingItems = padding)
        fixed (long* dilationItems = dilation)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(weight);
        arguments[2] = Value.Of(bias);
        arguments[3] = stride.IsEmpty ? Value.Of(1L) : Value.Pinned(strideItems, stride.Length);
        arguments[4] = padding.IsEmpty ? Value.Of(0L) : Value.Pinned(paddingItems, padding.Length);
        arguments[5] = dilation.IsEmpty ? Value.Of(1L) : Value.Pinned(dilationItems, dilation.Length);
        arguments[6] = Value.Of(groups);
        return OpConv2d.CallTensor(arguments, 7);
        }
    }

    private static readonly TorchOperator OpCopyInPlace = new("aten::copy_", "");

    /// <summary>ATen's <c>copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -&gt; Tensor(a!)</c>.</summary>
    public void CopyInPlace(Tensor src, bool nonBlocking = false)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(src);
        arguments[2] = Value.Of(nonBlocking);
        OpCopyInPlace.CallInPlace(arguments, 3);
    }

    private static readonly TorchOperator OpCos = new("aten::cos", "");

    /// <summary>ATen's <c>cos(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Cos()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpCos.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpCrossEntropyLoss = new("aten::cross_entropy_loss", "");

    /// <summary>ATen's <c>cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, int ignore_index=-100, float label_smoothing=0.) -&gt; Tensor</c>.</summary>
    public Tensor CrossEntropyLoss(Tensor target, Tensor? weight = null, long reduction = 1, long ignoreIndex = -100, double labelSmoothing = 0)
    {
        var arguments = stackalloc Value[6];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(target);
        arguments[2] = Value.Of(weight);
        arguments[3] = Value.Of(reduction);
        arguments[4] = Value.Of(ignoreIndex);
        arguments[5] = Value.Of(labelSmoothing);
        return OpCrossEntropyLoss.CallTensor(arguments, 6);
    }

    private static readonly TorchOperator OpBinaryCrossEntropyWithLogits = new("aten::binary_cross_entropy_with_logits", "");

    /// <summary>ATen's <c>binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=1) -&gt; Tensor</c>.</summary>
    public Tensor BinaryCrossEntropyWithLogits(Tensor target, Tensor? weight = null, Tensor? posWeight = null, long reduction = 1)
    {
        var arguments = stackalloc Value[5];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(target);
        arguments[2] = Value.Of(weight);
        arguments[3] = Value.Of(posWeight);
        arguments[4] = Value.Of(reduction);
        return OpBinaryCrossEntropyWithLogits.CallTensor(arguments, 5);
    }

    private static readonly TorchOperator OpCumsum = new("aten::cumsum", "");

    /// <summary>ATen's <c>cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -&gt; Tensor</c>.</summary>
    public Tensor Cumsum(long dim, DType? dtype = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(dtype);
        return OpCumsum.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpDetach = new("aten::detach", "");

    /// <summary>ATen's <c>detach(Tensor(a) self) -&gt; Tensor(a)</c>.</summary>
    public Tensor Detach()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpDetach.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpDivTensor = new("aten::div", "Tensor");

    /// <summary>ATen's <c>div.Tensor(Tensor self, Tensor other) -&gt; Tensor</c>.</summary>
    public Tensor Div(Tensor other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpDivTensor.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpDivScalar = new("aten::div", "Scalar");

    /// <summary>ATen's <c>div.Scalar(Tensor self, Scalar other) -&gt; Tensor</c>.</summary>
    public Tensor Div(Scalar other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpDivScalar.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpDivInPlaceScalar = new("aten::div_", "Scalar");

    /// <summary>ATen's <c>div_.Scalar(Tensor(a!) self, Scalar other) -&gt; Tensor(a!)</c>.</summary>
    public void DivInPlace(Scalar other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        OpDivInPlaceScalar.CallInPlace(arguments, 2);
    }

    private static readonly TorchOperator OpDropout = new("aten::dropout", "");

    /// <summary>ATen's <c>dropout(Tensor input, float p, bool train) -&gt; Tensor</c>.</summary>
    public Tensor Dropout(double p, bool train)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(p);
        arguments[2] = Value.Of(train);
        return OpDropout.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpEmbedding = new("aten::embedding", "");

    /// <summary>ATen's <c>embedding(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -&gt; Tensor</c>.</summary>
    public Tensor Embedding(Tensor indices, long paddingIdx = -1, bool scaleGradByFreq = false, bool sparse = false)
    {
        var arguments = stackalloc Value[5];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(indices);
        arguments[2] = Value.Of(paddingIdx);
        arguments[3] = Value.Of(scaleGradByFreq);
        arguments[4] = Value.Of(sparse);
        return OpEmbedding.CallTensor(arguments, 5);
    }

    private static readonly TorchOperator OpEmptyMemoryFormat = new("aten::empty", "memory_format");

    /// <summary>ATen's <c>empty.memory_format(int[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -&gt; Tensor</c>.</summary>
    public static Tensor Empty(ReadOnlySpan<long> size, DType? dtype = null, Device? device = null, MemoryFormat? memoryFormat = null)
    {
        var arguments = stackalloc Value[6];
        fixed (long* sizeItems = size)
        {
        arguments[0] = Value.Pinned(sizeItems, size.Length);
        arguments[1] = Value.Of(dtype);
        arguments[2] = Value.None;
        arguments[3] = Value.Of(device);
        arguments[4] = Value.None;
        arguments[5] = Value.Of(memoryFormat);
        return OpEmptyMemoryFormat.CallTensor(arguments, 6);
        }
    }

    private static readonly TorchOperator OpEqScalar = new("aten::eq", "Scalar");

    /// <summary>ATen's <c>eq.Scalar(Tensor self, Scalar other) -&gt; Tensor</c>.</summary>
    public Tensor Eq(Scalar other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpEqScalar.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpEqual = new("aten::equal", "");

    /// <summary>ATen's <c>equal(Tensor self, Tensor other) -&gt; bool</c>.</summary>
    public bool Equal(Tensor other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpEqual.CallScalar(arguments, 2).ToInt64() != 0;
    }

    private static readonly TorchOperator OpExp = new("aten::exp", "");

    /// <summary>ATen's <c>exp(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Exp()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpExp.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpExpand = new("aten::expand", "");

    /// <summary>ATen's <c>expand(Tensor(a) self, int[] size, *, bool implicit=False) -&gt; Tensor(a)</c>.</summary>
    public Tensor Expand(ReadOnlySpan<long> size, bool @implicit = false)
    {
        var arguments = stackalloc Value[3];
        fixed (long* sizeItems = size)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(sizeItems, size.Length);
        arguments[2] = Value.Of(@implicit);
        return OpExpand.CallTensor(arguments, 3);
        }
    }

    private static readonly TorchOperator OpFftIrfft = new("aten::fft_irfft", "");

    /// <summary>ATen's <c>fft_irfft(Tensor self, int? n=None, int dim=-1, str? norm=None) -&gt; Tensor</c>.</summary>
    public Tensor FftIrfft(long? n = null, long dim = -1, string? norm = null)
    {
        var normBytes = norm is null ? [] : Encoding.UTF8.GetBytes(norm);
        var arguments = stackalloc Value[4];
        fixed (byte* normText = normBytes)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(n);
        arguments[2] = Value.Of(dim);
        arguments[3] = norm is null ? Value.None : Value.Pinned(normText, normBytes.Length);
        return OpFftIrfft.CallTensor(arguments, 4);
        }
    }

    private static readonly TorchOperator OpFftRfft = new("aten::fft_rfft", "");

    /// <summary>ATen's <c>fft_rfft(Tensor self, int? n=None, int dim=-1, str? norm=None) -&gt; Tensor</c>.</summary>
    public Tensor FftRfft(long? n = null, long dim = -1, string? norm = null)
    {
        var normBytes = norm is null ? [] : Encoding.UTF8.GetBytes(norm);
        var arguments = stackalloc Value[4];
        fixed (byte* normText = normBytes)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(n);
        arguments[2] = Value.Of(dim);
        arguments[3] = norm is null ? Value.None : Value.Pinned(normText, normBytes.Length);
        return OpFftRfft.CallTensor(arguments, 4);
        }
    }

    private static readonly TorchOperator OpFillInPlaceScalar = new("aten::fill_", "Scalar");

    /// <summary>ATen's <c>fill_.Scalar(Tensor(a!) self, Scalar value) -&gt; Tensor(a!)</c>.</summary>
    public void FillInPlace(Scalar @value)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(@value);
        OpFillInPlaceScalar.CallInPlace(arguments, 2);
    }

    private static readonly TorchOperator OpFlattenUsingInts = new("aten::flatten", "using_ints");

    /// <summary>ATen's <c>flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -&gt; Tensor(a)</c>.</summary>
    public Tensor Flatten(long startDim = 0, long endDim = -1)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(startDim);
        arguments[2] = Value.Of(endDim);
        return OpFlattenUsingInts.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpFull = new("aten::full", "");

    /// <summary>ATen's <c>full(int[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -&gt; Tensor</c>.</summary>
    public static Tensor Full(ReadOnlySpan<long> size, Scalar fillValue, DType? dtype = null, Device? device = null)
    {
        var arguments = stackalloc Value[6];
        fixed (long* sizeItems = size)
        {
        arguments[0] = Value.Pinned(sizeItems, size.Length);
        arguments[1] = Value.Of(fillValue);
        arguments[2] = Value.Of(dtype);
        arguments[3] = Value.None;
        arguments[4] = Value.Of(device);
        arguments[5] = Value.None;
        return OpFull.CallTensor(arguments, 6);
        }
    }

    private static readonly TorchOperator OpGather = new("aten::gather", "");

    /// <summary>ATen's <c>gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -&gt; Tensor</c>.</summary>
    public Tensor Gather(long dim, Tensor index, bool sparseGrad = false)
    {
        var arguments = stackalloc Value[4];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(index);
        arguments[3] = Value.Of(sparseGrad);
        return OpGather.CallTensor(arguments, 4);
    }

    private static readonly TorchOperator OpGelu = new("aten::gelu", "");

    /// <summary>ATen's <c>gelu(Tensor self, *, str approximate="none") -&gt; Tensor</c>.</summary>
    public Tensor Gelu(string approximate = "none")
    {
        var approximateBytes = approximate is null ? [] : Encoding.UTF8.GetBytes(approximate);
        var arguments = stackalloc Value[2];
        fixed (byte* approximateText = approximateBytes)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(approximateText, approximateBytes.Length);
        return OpGelu.CallTensor(arguments, 2);
        }
    }

    private static readonly TorchOperator OpGeluInPlace = new("aten::gelu_", "");

    /// <summary>ATen's <c>gelu_(Tensor(a!) self, *, str approximate="none") -&gt; Tensor(a!)</c>.</summary>
    public void GeluInPlace(string approximate = "none")
    {
        var approximateBytes = approximate is null ? [] : Encoding.UTF8.GetBytes(approximate);
        var arguments = stackalloc Value[2];
        fixed (byte* approximateText = approximateBytes)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(approximateText, approximateBytes.Length);
        OpGeluInPlace.CallInPlace(arguments, 2);
        }
    }

    private static readonly TorchOperator OpGtScalar = new("aten::gt", "Scalar");

    /// <summary>ATen's <c>gt.Scalar(Tensor self, Scalar other) -&gt; Tensor</c>.</summary>
    public Tensor Gt(Scalar other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpGtScalar.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpHardswish = new("aten::hardswish", "");

    /// <summary>ATen's <c>hardswish(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Hardswish()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpHardswish.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpHardswishInPlace = new("aten::hardswish_", "");

    /// <summary>ATen's <c>hardswish_(Tensor(a!) self) -&gt; Tensor(a!)</c>.</summary>
    public void HardswishInPlace()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        OpHardswishInPlace.CallInPlace(arguments, 1);
    }

    private static readonly TorchOperator OpIndexSelect = new("aten::index_select", "");

    /// <summary>ATen's <c>index_select(Tensor self, int dim, Tensor index) -&gt; Tensor</c>.</summary>
    public Tensor IndexSelect(long dim, Tensor index)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(index);
        return OpIndexSelect.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpIndexTensor = new("aten::index", "Tensor");

    /// <summary>ATen's <c>index.Tensor(Tensor self, Tensor?[] indices) -&gt; Tensor</c>.</summary>
    public Tensor Index(params ReadOnlySpan<Tensor?> indices)
    {
        var indicesHandles = stackalloc nint[Math.Max(1, indices.Length)];
        Value.Handles(indices, indicesHandles);
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(indicesHandles, indices.Length, optional: true);
        return OpIndexTensor.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpIsfinite = new("aten::isfinite", "");

    /// <summary>ATen's <c>isfinite(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Isfinite()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpIsfinite.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpItem = new("aten::item", "");

    /// <summary>ATen's <c>item(Tensor self) -&gt; Scalar</c>.</summary>
    public Scalar Item()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpItem.CallScalar(arguments, 1);
    }

    private static readonly TorchOperator OpLayerNorm = new("aten::layer_norm", "");

    /// <summary>ATen's <c>layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enable=True) -&gt; Tensor</c>.</summary>
    public Tensor LayerNorm(ReadOnlySpan<long> normalizedShape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05, bool cudnnEnable = true)
    {
        var arguments = stackalloc Value[6];
        fixed (long* normalizedShapeItems = normalizedShape)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(normalizedShapeItems, normalizedShape.Length);
        arguments[2] = Value.Of(weight);
        arguments[3] = Value.Of(bias);
        arguments[4] = Value.Of(eps);
        arguments[5] = Value.Of(cudnnEnable);
        return OpLayerNorm.CallTensor(arguments, 6);
        }
    }

    private static readonly TorchOperator OpLerpInPlaceScalar = new("aten::lerp_", "Scalar");

    /// <summary>ATen's <c>lerp_.Scalar(Tensor(a!) self, Tensor end, Scalar weight) -&gt; Tensor(a!)</c>.</summary>
    public void LerpInPlace(Tensor @end, Scalar weight)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(@end);
        arguments[2] = Value.Of(weight);
        OpLerpInPlaceScalar.CallInPlace(arguments, 3);
    }

    private static readonly TorchOperator OpLinear = new("aten::linear", "");

    /// <summary>ATen's <c>linear(Tensor input, Tensor weight, Tensor? bias=None) -&gt; Tensor</c>.</summary>
    public Tensor Linear(Tensor weight, Tensor? bias = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(weight);
        arguments[2] = Value.Of(bias);
        return OpLinear.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpLog = new("aten::log", "");

    /// <summary>ATen's <c>log(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Log()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpLog.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpLog10 = new("aten::log10", "");

    /// <summary>ATen's <c>log10(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Log10()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpLog10.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpLogSigmoid = new("aten::log_sigmoid", "");

    /// <summary>ATen's <c>log_sigmoid(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor LogSigmoid()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpLogSigmoid.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpLogSoftmaxInt = new("aten::log_softmax", "int");

    /// <summary>ATen's <c>log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -&gt; Tensor</c>.</summary>
    public Tensor LogSoftmax(long dim, DType? dtype = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(dtype);
        return OpLogSoftmaxInt.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpLogsumexp = new("aten::logsumexp", "");

    /// <summary>ATen's <c>logsumexp(Tensor self, int[1] dim, bool keepdim=False) -&gt; Tensor</c>.</summary>
    public Tensor Logsumexp(ReadOnlySpan<long> dim, bool keepdim = false)
    {
        var arguments = stackalloc Value[3];
        fixed (long* dimItems = dim)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(dimItems, dim.Length);
        arguments[2] = Value.Of(keepdim);
        return OpLogsumexp.CallTensor(arguments, 3);
        }
    }

    private static readonly TorchOperator OpLtTensor = new("aten::lt", "Tensor");

    /// <summary>ATen's <c>lt.Tensor(Tensor self, Tensor other) -&gt; Tensor</c>.</summary>
    public Tensor Lt(Tensor other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpLtTensor.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpMaskedFillScalar = new("aten::masked_fill", "Scalar");

    /// <summary>ATen's <c>masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -&gt; Tensor</c>.</summary>
    public Tensor MaskedFill(Tensor mask, Scalar @value)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(mask);
        arguments[2] = Value.Of(@value);
        return OpMaskedFillScalar.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpMatmul = new("aten::matmul", "");

    /// <summary>ATen's <c>matmul(Tensor self, Tensor other) -&gt; Tensor</c>.</summary>
    public Tensor Matmul(Tensor other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpMatmul.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpMaxPool1d = new("aten::max_pool1d", "");

    /// <summary>ATen's <c>max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, bool ceil_mode=False) -&gt; Tensor</c>.</summary>
    public Tensor MaxPool1d(ReadOnlySpan<long> kernelSize, ReadOnlySpan<long> stride = default, ReadOnlySpan<long> padding = default, ReadOnlySpan<long> dilation = default, bool ceilMode = false)
    {
        var arguments = stackalloc Value[6];
        fixed (long* kernelSizeItems = kernelSize)
        fixed (long* strideItems = stride)
        fixed (long* paddingItems = padding)
        fixed (long* dilationItems = dilation)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(kernelSizeItems, kernelSize.Length);
        arguments[2] = Value.Pinned(strideItems, stride.Length);
        arguments[3] = padding.IsEmpty ? Value.Of(0L) : Value.Pinned(paddingItems, padding.Length);
        arguments[4] = dilation.IsEmpty ? Value.Of(1L) : Value.Pinned(dilationItems, dilation.Length);
        arguments[5] = Value.Of(ceilMode);
        return OpMaxPool1d.CallTensor(arguments, 6);
        }
    }

    private static readonly TorchOperator OpMaxDim = new("aten::max", "dim");

    /// <summary>ATen's <c>max.dim(Tensor self, int dim, bool keepdim=False) -&gt; (Tensor values, Tensor indices)</c>.</summary>
    public (Tensor Values, Tensor Indices) Max(long dim, bool keepdim = false)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(keepdim);
        return OpMaxDim.CallPair(arguments, 3);
    }

    private static readonly TorchOperator OpMax = new("aten::max", "");

    /// <summary>ATen's <c>max(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Max()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpMax.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpMaximum = new("aten::maximum", "");

    /// <summary>ATen's <c>maximum(Tensor self, Tensor other) -&gt; Tensor</c>.</summary>
    public Tensor Maximum(Tensor other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpMaximum.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpMeanDim = new("aten::mean", "dim");

    /// <summary>ATen's <c>mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -&gt; Tensor</c>.</summary>
    public Tensor Mean(ReadOnlySpan<long> dim, bool keepdim = false, DType? dtype = null)
    {
        var arguments = stackalloc Value[4];
        fixed (long* dimItems = dim)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = dim.IsEmpty ? Value.None : Value.Pinned(dimItems, dim.Length);
        arguments[2] = Value.Of(keepdim);
        arguments[3] = Value.Of(dtype);
        return OpMeanDim.CallTensor(arguments, 4);
        }
    }

    private static readonly TorchOperator OpMean = new("aten::mean", "");

    /// <summary>ATen's <c>mean(Tensor self, *, ScalarType? dtype=None) -&gt; Tensor</c>.</summary>
    public Tensor Mean(DType? dtype = null)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dtype);
        return OpMean.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpMulTensor = new("aten::mul", "Tensor");

    /// <summary>ATen's <c>mul.Tensor(Tensor self, Tensor other) -&gt; Tensor</c>.</summary>
    public Tensor Mul(Tensor other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpMulTensor.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpMulScalar = new("aten::mul", "Scalar");

    /// <summary>ATen's <c>mul.Scalar(Tensor self, Scalar other) -&gt; Tensor</c>.</summary>
    public Tensor Mul(Scalar other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpMulScalar.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpMulInPlaceTensor = new("aten::mul_", "Tensor");

    /// <summary>ATen's <c>mul_.Tensor(Tensor(a!) self, Tensor other) -&gt; Tensor(a!)</c>.</summary>
    public void MulInPlace(Tensor other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        OpMulInPlaceTensor.CallInPlace(arguments, 2);
    }

    private static readonly TorchOperator OpMulInPlaceScalar = new("aten::mul_", "Scalar");

    /// <summary>ATen's <c>mul_.Scalar(Tensor(a!) self, Scalar other) -&gt; Tensor(a!)</c>.</summary>
    public void MulInPlace(Scalar other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        OpMulInPlaceScalar.CallInPlace(arguments, 2);
    }

    private static readonly TorchOperator OpNarrow = new("aten::narrow", "");

    /// <summary>ATen's <c>narrow(Tensor(a) self, int dim, int start, int length) -&gt; Tensor(a)</c>.</summary>
    public Tensor Narrow(long dim, long start, long length)
    {
        var arguments = stackalloc Value[4];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(start);
        arguments[3] = Value.Of(length);
        return OpNarrow.CallTensor(arguments, 4);
    }

    private static readonly TorchOperator OpNeScalar = new("aten::ne", "Scalar");

    /// <summary>ATen's <c>ne.Scalar(Tensor self, Scalar other) -&gt; Tensor</c>.</summary>
    public Tensor Ne(Scalar other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpNeScalar.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpNeg = new("aten::neg", "");

    /// <summary>ATen's <c>neg(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Neg()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpNeg.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpNormScalar = new("aten::norm", "Scalar");

    /// <summary>ATen's <c>norm.Scalar(Tensor self, Scalar p=2) -&gt; Tensor</c>.</summary>
    public Tensor Norm(Scalar? p = null)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(p ?? 2);
        return OpNormScalar.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpLogicalNot = new("aten::logical_not", "");

    /// <summary>ATen's <c>logical_not(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor LogicalNot()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpLogicalNot.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpLogicalOr = new("aten::logical_or", "");

    /// <summary>ATen's <c>logical_or(Tensor self, Tensor other) -&gt; Tensor</c>.</summary>
    public Tensor LogicalOr(Tensor other)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        return OpLogicalOr.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpOnes = new("aten::ones", "");

    /// <summary>ATen's <c>ones(int[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -&gt; Tensor</c>.</summary>
    public static Tensor Ones(ReadOnlySpan<long> size, DType? dtype = null, Device? device = null)
    {
        var arguments = stackalloc Value[5];
        fixed (long* sizeItems = size)
        {
        arguments[0] = Value.Pinned(sizeItems, size.Length);
        arguments[1] = Value.Of(dtype);
        arguments[2] = Value.None;
        arguments[3] = Value.Of(device);
        arguments[4] = Value.None;
        return OpOnes.CallTensor(arguments, 5);
        }
    }

    private static readonly TorchOperator OpPermute = new("aten::permute", "");

    /// <summary>ATen's <c>permute(Tensor(a) self, int[] dims) -&gt; Tensor(a)</c>.</summary>
    public Tensor Permute(params ReadOnlySpan<long> dims)
    {
        var arguments = stackalloc Value[2];
        fixed (long* dimsItems = dims)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(dimsItems, dims.Length);
        return OpPermute.CallTensor(arguments, 2);
        }
    }

    private static readonly TorchOperator OpPad = new("aten::pad", "");

    /// <summary>ATen's <c>pad(Tensor self, int[] pad, str mode="constant", float? value=None) -&gt; Tensor</c>.</summary>
    public Tensor Pad(ReadOnlySpan<long> pad, string mode = "constant", double? @value = null)
    {
        var modeBytes = mode is null ? [] : Encoding.UTF8.GetBytes(mode);
        var arguments = stackalloc Value[4];
        fixed (long* padItems = pad)
        fixed (byte* modeText = modeBytes)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(padItems, pad.Length);
        arguments[2] = Value.Pinned(modeText, modeBytes.Length);
        arguments[3] = Value.Of(@value);
        return OpPad.CallTensor(arguments, 4);
        }
    }

    private static readonly TorchOperator OpPinMemory = new("aten::pin_memory", "");

    /// <summary>ATen's <c>pin_memory(Tensor(a) self, Device? device=None) -&gt; Tensor(a)</c>.</summary>
    public Tensor PinMemory(Device? device = null)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(device);
        return OpPinMemory.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpRand = new("aten::rand", "");

    /// <summary>ATen's <c>rand(int[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -&gt; Tensor</c>.</summary>
    public static Tensor Rand(ReadOnlySpan<long> size, DType? dtype = null, Device? device = null)
    {
        var arguments = stackalloc Value[5];
        fixed (long* sizeItems = size)
        {
        arguments[0] = Value.Pinned(sizeItems, size.Length);
        arguments[1] = Value.Of(dtype);
        arguments[2] = Value.None;
        arguments[3] = Value.Of(device);
        arguments[4] = Value.None;
        return OpRand.CallTensor(arguments, 5);
        }
    }

    private static readonly TorchOperator OpReflectionPad1d = new("aten::reflection_pad1d", "");

    /// <summary>ATen's <c>reflection_pad1d(Tensor self, int[2] padding) -&gt; Tensor</c>.</summary>
    public Tensor ReflectionPad1d(params ReadOnlySpan<long> padding)
    {
        var arguments = stackalloc Value[2];
        fixed (long* paddingItems = padding)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(paddingItems, padding.Length);
        return OpReflectionPad1d.CallTensor(arguments, 2);
        }
    }

    private static readonly TorchOperator OpRelu = new("aten::relu", "");

    /// <summary>ATen's <c>relu(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Relu()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpRelu.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpReluInPlace = new("aten::relu_", "");

    /// <summary>ATen's <c>relu_(Tensor(a!) self) -&gt; Tensor(a!)</c>.</summary>
    public void ReluInPlace()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        OpReluInPlace.CallInPlace(arguments, 1);
    }

    private static readonly TorchOperator OpRepeat = new("aten::repeat", "");

    /// <summary>ATen's <c>repeat(Tensor self, int[] repeats) -&gt; Tensor</c>.</summary>
    public Tensor Repeat(params ReadOnlySpan<long> repeats)
    {
        var arguments = stackalloc Value[2];
        fixed (long* repeatsItems = repeats)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(repeatsItems, repeats.Length);
        return OpRepeat.CallTensor(arguments, 2);
        }
    }

    private static readonly TorchOperator OpReshape = new("aten::reshape", "");

    /// <summary>ATen's <c>reshape(Tensor(a) self, int[] shape) -&gt; Tensor(a)</c>.</summary>
    public Tensor Reshape(params ReadOnlySpan<long> shape)
    {
        var arguments = stackalloc Value[2];
        fixed (long* shapeItems = shape)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(shapeItems, shape.Length);
        return OpReshape.CallTensor(arguments, 2);
        }
    }

    private static readonly TorchOperator OpRoll = new("aten::roll", "");

    /// <summary>ATen's <c>roll(Tensor self, int[1] shifts, int[1] dims=[]) -&gt; Tensor</c>.</summary>
    public Tensor Roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default)
    {
        var arguments = stackalloc Value[3];
        fixed (long* shiftsItems = shifts)
        fixed (long* dimsItems = dims)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(shiftsItems, shifts.Length);
        arguments[2] = Value.Pinned(dimsItems, dims.Length);
        return OpRoll.CallTensor(arguments, 3);
        }
    }

    private static readonly TorchOperator OpRsqrt = new("aten::rsqrt", "");

    /// <summary>ATen's <c>rsqrt(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Rsqrt()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpRsqrt.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpSelectInt = new("aten::select", "int");

    /// <summary>ATen's <c>select.int(Tensor(a) self, int dim, int index) -&gt; Tensor(a)</c>.</summary>
    public Tensor Select(long dim, long index)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(index);
        return OpSelectInt.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpSigmoid = new("aten::sigmoid", "");

    /// <summary>ATen's <c>sigmoid(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Sigmoid()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpSigmoid.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpSilu = new("aten::silu", "");

    /// <summary>ATen's <c>silu(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Silu()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpSilu.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpSiluInPlace = new("aten::silu_", "");

    /// <summary>ATen's <c>silu_(Tensor(a!) self) -&gt; Tensor(a!)</c>.</summary>
    public void SiluInPlace()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        OpSiluInPlace.CallInPlace(arguments, 1);
    }

    private static readonly TorchOperator OpSin = new("aten::sin", "");

    /// <summary>ATen's <c>sin(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Sin()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpSin.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpSliceTensor = new("aten::slice", "Tensor");

    /// <summary>ATen's <c>slice.Tensor(Tensor(a) self, int dim=0, int? start=None, int? end=None, int step=1) -&gt; Tensor(a)</c>.</summary>
    public Tensor Slice(long dim = 0, long? start = null, long? @end = null, long step = 1)
    {
        var arguments = stackalloc Value[5];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(start);
        arguments[3] = Value.Of(@end);
        arguments[4] = Value.Of(step);
        return OpSliceTensor.CallTensor(arguments, 5);
    }

    private static readonly TorchOperator OpSoftmaxInt = new("aten::softmax", "int");

    /// <summary>ATen's <c>softmax.int(Tensor self, int dim, ScalarType? dtype=None) -&gt; Tensor</c>.</summary>
    public Tensor Softmax(long dim, DType? dtype = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        arguments[2] = Value.Of(dtype);
        return OpSoftmaxInt.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpSqrt = new("aten::sqrt", "");

    /// <summary>ATen's <c>sqrt(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Sqrt()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpSqrt.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpSquare = new("aten::square", "");

    /// <summary>ATen's <c>square(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Square()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpSquare.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpSqueezeDim = new("aten::squeeze", "dim");

    /// <summary>ATen's <c>squeeze.dim(Tensor(a) self, int dim) -&gt; Tensor(a)</c>.</summary>
    public Tensor Squeeze(long dim)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        return OpSqueezeDim.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpStack = new("aten::stack", "");

    /// <summary>ATen's <c>stack(Tensor[] tensors, int dim=0) -&gt; Tensor</c>.</summary>
    public static Tensor Stack(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        var tensorsHandles = stackalloc nint[Math.Max(1, tensors.Length)];
        Value.Handles(tensors, tensorsHandles);
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Pinned(tensorsHandles, tensors.Length, optional: false);
        arguments[1] = Value.Of(dim);
        return OpStack.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpStdDim = new("aten::std", "dim");

    /// <summary>ATen's <c>std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -&gt; Tensor</c>.</summary>
    public Tensor Std(ReadOnlySpan<long> dim, bool unbiased = true, bool keepdim = false)
    {
        var arguments = stackalloc Value[4];
        fixed (long* dimItems = dim)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = dim.IsEmpty ? Value.None : Value.Pinned(dimItems, dim.Length);
        arguments[2] = Value.Of(unbiased);
        arguments[3] = Value.Of(keepdim);
        return OpStdDim.CallTensor(arguments, 4);
        }
    }

    private static readonly TorchOperator OpSubTensor = new("aten::sub", "Tensor");

    /// <summary>ATen's <c>sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -&gt; Tensor</c>.</summary>
    public Tensor Sub(Tensor other, Scalar? alpha = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        arguments[2] = Value.Of(alpha ?? 1);
        return OpSubTensor.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpSubScalar = new("aten::sub", "Scalar");

    /// <summary>ATen's <c>sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -&gt; Tensor</c>.</summary>
    public Tensor Sub(Scalar other, Scalar? alpha = null)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(other);
        arguments[2] = Value.Of(alpha ?? 1);
        return OpSubScalar.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpSum = new("aten::sum", "");

    /// <summary>ATen's <c>sum(Tensor self, *, ScalarType? dtype=None) -&gt; Tensor</c>.</summary>
    public Tensor Sum(DType? dtype = null)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dtype);
        return OpSum.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpSumDimIntList = new("aten::sum", "dim_IntList");

    /// <summary>ATen's <c>sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -&gt; Tensor</c>.</summary>
    public Tensor Sum(ReadOnlySpan<long> dim, bool keepdim = false, DType? dtype = null)
    {
        var arguments = stackalloc Value[4];
        fixed (long* dimItems = dim)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = dim.IsEmpty ? Value.None : Value.Pinned(dimItems, dim.Length);
        arguments[2] = Value.Of(keepdim);
        arguments[3] = Value.Of(dtype);
        return OpSumDimIntList.CallTensor(arguments, 4);
        }
    }

    private static readonly TorchOperator OpT = new("aten::t", "");

    /// <summary>ATen's <c>t(Tensor(a) self) -&gt; Tensor(a)</c>.</summary>
    public Tensor T()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpT.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpTanh = new("aten::tanh", "");

    /// <summary>ATen's <c>tanh(Tensor self) -&gt; Tensor</c>.</summary>
    public Tensor Tanh()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpTanh.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpToDtype = new("aten::to", "dtype");

    /// <summary>ATen's <c>to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -&gt; Tensor(a)</c>.</summary>
    public Tensor To(DType dtype, bool nonBlocking = false, bool copy = false, MemoryFormat? memoryFormat = null)
    {
        var arguments = stackalloc Value[5];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of((long)dtype);
        arguments[2] = Value.Of(nonBlocking);
        arguments[3] = Value.Of(copy);
        arguments[4] = Value.Of(memoryFormat);
        return OpToDtype.CallTensor(arguments, 5);
    }

    private static readonly TorchOperator OpToDevice = new("aten::to", "device");

    /// <summary>ATen's <c>to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -&gt; Tensor(a)</c>.</summary>
    public Tensor To(Device device, DType dtype, bool nonBlocking = false, bool copy = false, MemoryFormat? memoryFormat = null)
    {
        var arguments = stackalloc Value[6];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of((Device?)device);
        arguments[2] = Value.Of((long)dtype);
        arguments[3] = Value.Of(nonBlocking);
        arguments[4] = Value.Of(copy);
        arguments[5] = Value.Of(memoryFormat);
        return OpToDevice.CallTensor(arguments, 6);
    }

    private static readonly TorchOperator OpTopk = new("aten::topk", "");

    /// <summary>ATen's <c>topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True) -&gt; (Tensor values, Tensor indices)</c>.</summary>
    public (Tensor Values, Tensor Indices) Topk(long k, long dim = -1, bool largest = true, bool sorted = true)
    {
        var arguments = stackalloc Value[5];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(k);
        arguments[2] = Value.Of(dim);
        arguments[3] = Value.Of(largest);
        arguments[4] = Value.Of(sorted);
        return OpTopk.CallPair(arguments, 5);
    }

    private static readonly TorchOperator OpTransposeInt = new("aten::transpose", "int");

    /// <summary>ATen's <c>transpose.int(Tensor(a) self, int dim0, int dim1) -&gt; Tensor(a)</c>.</summary>
    public Tensor Transpose(long dim0, long dim1)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim0);
        arguments[2] = Value.Of(dim1);
        return OpTransposeInt.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpTriu = new("aten::triu", "");

    /// <summary>ATen's <c>triu(Tensor self, int diagonal=0) -&gt; Tensor</c>.</summary>
    public Tensor Triu(long diagonal = 0)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(diagonal);
        return OpTriu.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpUnbindInt = new("aten::unbind", "int");

    /// <summary>ATen's <c>unbind.int(Tensor(a -&gt; *) self, int dim=0) -&gt; Tensor(a)[]</c>.</summary>
    public Tensor[] Unbind(long dim = 0)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        return OpUnbindInt.CallList(arguments, 2);
    }

    private static readonly TorchOperator OpUnfold = new("aten::unfold", "");

    /// <summary>ATen's <c>unfold(Tensor(a) self, int dimension, int size, int step) -&gt; Tensor(a)</c>.</summary>
    public Tensor Unfold(long dimension, long size, long step)
    {
        var arguments = stackalloc Value[4];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dimension);
        arguments[2] = Value.Of(size);
        arguments[3] = Value.Of(step);
        return OpUnfold.CallTensor(arguments, 4);
    }

    private static readonly TorchOperator OpUniformInPlace = new("aten::uniform_", "");

    /// <summary>ATen's <c>uniform_(Tensor(a!) self, float from=0., float to=1., *, Generator? generator=None) -&gt; Tensor(a!)</c>.</summary>
    public void UniformInPlace(double @from = 0, double to = 1)
    {
        var arguments = stackalloc Value[4];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(@from);
        arguments[2] = Value.Of(to);
        arguments[3] = Value.None;
        OpUniformInPlace.CallInPlace(arguments, 4);
    }

    private static readonly TorchOperator OpNormalInPlace = new("aten::normal_", "");

    /// <summary>ATen's <c>normal_(Tensor(a!) self, float mean=0., float std=1., *, Generator? generator=None) -&gt; Tensor(a!)</c>.</summary>
    public void NormalInPlace(double mean = 0, double std = 1)
    {
        var arguments = stackalloc Value[4];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(mean);
        arguments[2] = Value.Of(std);
        arguments[3] = Value.None;
        OpNormalInPlace.CallInPlace(arguments, 4);
    }

    private static readonly TorchOperator OpUnsqueeze = new("aten::unsqueeze", "");

    /// <summary>ATen's <c>unsqueeze(Tensor(a) self, int dim) -&gt; Tensor(a)</c>.</summary>
    public Tensor Unsqueeze(long dim)
    {
        var arguments = stackalloc Value[2];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dim);
        return OpUnsqueeze.CallTensor(arguments, 2);
    }

    private static readonly TorchOperator OpUpsampleBicubic2d = new("aten::upsample_bicubic2d", "");

    /// <summary>ATen's <c>upsample_bicubic2d(Tensor self, int[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None) -&gt; Tensor</c>.</summary>
    public Tensor UpsampleBicubic2d(ReadOnlySpan<long> outputSize, bool alignCorners, double? scalesH = null, double? scalesW = null)
    {
        var arguments = stackalloc Value[5];
        fixed (long* outputSizeItems = outputSize)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(outputSizeItems, outputSize.Length);
        arguments[2] = Value.Of(alignCorners);
        arguments[3] = Value.Of(scalesH);
        arguments[4] = Value.Of(scalesW);
        return OpUpsampleBicubic2d.CallTensor(arguments, 5);
        }
    }

    private static readonly TorchOperator OpUpsampleBilinear2d = new("aten::upsample_bilinear2d", "");

    /// <summary>ATen's <c>upsample_bilinear2d(Tensor self, int[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None) -&gt; Tensor</c>.</summary>
    public Tensor UpsampleBilinear2d(ReadOnlySpan<long> outputSize, bool alignCorners, double? scalesH = null, double? scalesW = null)
    {
        var arguments = stackalloc Value[5];
        fixed (long* outputSizeItems = outputSize)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(outputSizeItems, outputSize.Length);
        arguments[2] = Value.Of(alignCorners);
        arguments[3] = Value.Of(scalesH);
        arguments[4] = Value.Of(scalesW);
        return OpUpsampleBilinear2d.CallTensor(arguments, 5);
        }
    }

    private static readonly TorchOperator OpView = new("aten::view", "");

    /// <summary>ATen's <c>view(Tensor(a) self, int[] size) -&gt; Tensor(a)</c>.</summary>
    public Tensor View(params ReadOnlySpan<long> size)
    {
        var arguments = stackalloc Value[2];
        fixed (long* sizeItems = size)
        {
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Pinned(sizeItems, size.Length);
        return OpView.CallTensor(arguments, 2);
        }
    }

    private static readonly TorchOperator OpViewAsReal = new("aten::view_as_real", "");

    /// <summary>ATen's <c>view_as_real(Tensor(a) self) -&gt; Tensor(a)</c>.</summary>
    public Tensor ViewAsReal()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        return OpViewAsReal.CallTensor(arguments, 1);
    }

    private static readonly TorchOperator OpWhereSelf = new("aten::where", "self");

    /// <summary>ATen's <c>where.self(Tensor condition, Tensor self, Tensor other) -&gt; Tensor</c>.</summary>
    public static Tensor Where(Tensor condition, Tensor self, Tensor other)
    {
        var arguments = stackalloc Value[3];
        arguments[0] = Value.Of(condition);
        arguments[1] = Value.Of(self);
        arguments[2] = Value.Of(other);
        return OpWhereSelf.CallTensor(arguments, 3);
    }

    private static readonly TorchOperator OpZeroInPlace = new("aten::zero_", "");

    /// <summary>ATen's <c>zero_(Tensor(a!) self) -&gt; Tensor(a!)</c>.</summary>
    public void ZeroInPlace()
    {
        var arguments = stackalloc Value[1];
        arguments[0] = Value.Of(this);
        OpZeroInPlace.CallInPlace(arguments, 1);
    }

    private static readonly TorchOperator OpZeros = new("aten::zeros", "");

    /// <summary>ATen's <c>zeros(int[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -&gt; Tensor</c>.</summary>
    public static Tensor Zeros(ReadOnlySpan<long> size, DType? dtype = null, Device? device = null)
    {
        var arguments = stackalloc Value[5];
        fixed (long* sizeItems = size)
        {
        arguments[0] = Value.Pinned(sizeItems, size.Length);
        arguments[1] = Value.Of(dtype);
        arguments[2] = Value.None;
        arguments[3] = Value.Of(device);
        arguments[4] = Value.None;
        return OpZeros.CallTensor(arguments, 5);
        }
    }

    private static readonly TorchOperator OpZerosLike = new("aten::zeros_like", "");

    /// <summary>ATen's <c>zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -&gt; Tensor</c>.</summary>
    public Tensor ZerosLike(DType? dtype = null, Device? device = null, MemoryFormat? memoryFormat = null)
    {
        var arguments = stackalloc Value[6];
        arguments[0] = Value.Of(this);
        arguments[1] = Value.Of(dtype);
        arguments[2] = Value.None;
        arguments[3] = Value.Of(device);
        arguments[4] = Value.None;
        arguments[5] = Value.Of(memoryFormat);
        return OpZerosLike.CallTensor(arguments, 6);
    }

}
