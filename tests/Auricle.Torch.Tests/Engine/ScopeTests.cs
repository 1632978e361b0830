using Auricle.Testing;
using Auricle.Torch.Layers;

namespace Auricle.Torch.Tests.Engine;

[NoLeaks]
[Collection("tensors")]
public sealed class ScopeTests
{
    [Fact]
    public void Scope_WhenItEnds_ReleasesAllButWhatIsKept()
    {
        var before = Tensor.LiveCount;
        Tensor kept;
        using (var scope = TensorScope.Begin())
        {
            var x = Tensor.Ones([4]);
            _ = x.Add(x);
            kept = scope.Keep(x.Mul(3));
            Assert.Equal(before + 3, Tensor.LiveCount);
        }
        Assert.Equal(before + 1, Tensor.LiveCount);
        using (var sum = kept.Sum())
            Assert.Equal(12, sum.ToDouble());
        kept.Dispose();
        kept.Dispose();
        Assert.Equal(before, Tensor.LiveCount);
        Assert.Throws<ObjectDisposedException>(() => kept.Sum());
    }

    [Fact]
    public void Scope_Nested_KeepsIntoTheOuterOne()
    {
        using var outer = TensorScope.Begin();
        Tensor kept;
        using (var inner = TensorScope.Begin())
        {
            kept = inner.Keep(Tensor.Ones([1]));
        }
        Assert.Equal(1, kept.ToDouble());
    }

    [Fact]
    public void Keep_WeightOfAStore_LeavesItToTheStore()
    {
        using var store = WeightStore.Initialise();
        var weight = store.Root.Get("weight", [3], Initialisers.Ones);
        using (TensorScope.Begin())
        {
            using var inner = TensorScope.Begin();
            Assert.Same(weight, inner.Keep(weight));
        }
        Assert.Equal([1, 1, 1], weight.ToArray<float>());
    }

    [Fact]
    public void Keep_TensorOfTheOuterScope_LeavesItThere()
    {
        using var outermost = TensorScope.Begin();
        var before = Tensor.LiveCount;
        using (TensorScope.Begin())
        {
            var x = Tensor.Ones([2]);
            using (var inner = TensorScope.Begin())
            {
                Assert.Same(x, inner.Keep(x));
            }
            Assert.Equal([1, 1], x.ToArray<float>());
        }
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void Keep_Twice_KeepsOnce()
    {
        var before = Tensor.LiveCount;
        using (TensorScope.Begin())
        {
            Tensor kept;
            using (TensorScope.Begin())
            {
                using var inner = TensorScope.Begin();
                kept = inner.Keep(inner.Keep(Tensor.Ones([2])));
                Assert.Equal([1, 1], kept.ToArray<float>());
            }
            // One scope further out it is gone: keeping a second time did not hand it on.
            Assert.Throws<ObjectDisposedException>(() => kept.ToArray<float>());
        }
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void Keep_TensorOutsideEveryScope_LeavesItToTheCaller()
    {
        var own = Tensor.Ones([2]).Own();
        using (TensorScope.Begin())
        {
            using var inner = TensorScope.Begin();
            Assert.Same(own, inner.Keep(own));
        }
        Assert.Equal([1, 1], own.ToArray<float>());
        own.Dispose();
    }

    [Fact]
    public void Keep_ResultThatIsTheWeightItself_LeavesTheWeight()
    {
        // A layer that has nothing to do returns what it was given.
        using var store = WeightStore.Initialise();
        var weight = new ComputeWeight(store.Root, store.Root.Get("weight", [2], Initialisers.Ones));
        for (var round = 0; round < 2; round++)
        {
            using var outer = TensorScope.Begin();
            using var scope = TensorScope.Begin();
            Assert.Equal([1, 1], scope.Keep(weight.As(DType.Float32)).ToArray<float>());
        }
    }
}
