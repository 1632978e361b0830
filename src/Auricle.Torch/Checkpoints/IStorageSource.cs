namespace Auricle.Torch.Checkpoints;

/// <summary>Finds the storage that a pickle refers to.</summary>
internal interface IStorageSource
{
    /// <param name="id">The persistent id, as PyTorch writes it: a tuple that starts with <c>'storage'</c>.</param>
    PickleStorage Load(PickleValue id);
}
