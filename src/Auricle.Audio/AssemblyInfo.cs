using System.Runtime.CompilerServices;

// Every native call passes blittable values only, so the runtime need not generate marshalling code.
[assembly: DisableRuntimeMarshalling]
[assembly: InternalsVisibleTo("Auricle.Audio.Tests")]
[assembly: InternalsVisibleTo("Auricle.Fuzz")]
