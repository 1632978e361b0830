namespace Auricle.Training;

/// <summary>The learning rate over the course of a run, as a pure function.</summary>
/// <param name="progress">The moment, in the unit of the schedule: epochs, with fractions, or steps, from 0.</param>
/// <returns>The rate at that moment.</returns>
public delegate double LearningRateSchedule(double progress);
