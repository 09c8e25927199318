package dev.procession.supervise;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a supervisor that does what is due without anybody waiting for it, for any number of processes: it
 * notices ends, starts again, looks whether what it has started is ready, and ends what is to be ended. The thread goes
 * when there has been nothing to do for a second, and comes back. Thread safe.
 */
final class Loop implements Executor {

    private static final Logger LOG = System.getLogger("dev.procession");

    private static final int MOST_TASKS_A_TURN = 32;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Something that takes a while, in steps that do not wait. */
    interface Activity {

        /** It is over. */
        long DONE = Long.MAX_VALUE;

        /** @return after how many nanoseconds the next step is due at the latest, or {@link #DONE} */
        long step();
    }

    private record Appointment(long at, Runnable task) {}

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Thread thread;

    /** Touched by the thread alone. */
    private final PriorityQueue<Appointment> appointments =
            new PriorityQueue<>(Comparator.comparingLong(Appointment::at));

    private final List<Activity> activities = new ArrayList<>();

    /** Soon. Never in the calling thread. */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        Thread running;
        synchronized (this) {
            running = thread;
            if (running == null) {
                running = new Thread(this::run, "procession-work");
                running.setDaemon(true);
                thread = running;
                boolean started = false;
                try {
                    running.start();
                    started = true;
                } finally {
                    if (!started) {
                        // Whoever comes next tries again.
                        thread = null;
                    }
                }
            }
        }
        LockSupport.unpark(running);
    }

    /** Not before that time of {@link System#nanoTime()}. */
    void at(long nanos, Runnable task) {
        execute(() -> appointments.add(new Appointment(nanos, task)));
    }

    /** What {@link #at} was told to do is not done, if it has not begun yet. */
    void cancel(Runnable task) {
        execute(() -> appointments.removeIf(appointment -> appointment.task() == task));
    }

    /** In steps, until it is over. What it leaves to this thread is done there: it may be created there, too. */
    void add(Activity activity) {
        execute(() -> activities.add(activity));
    }

    /** Nothing is due any more: a pause of an hour must not keep the thread for that long. */
    void forgetAppointments() {
        execute(appointments::clear);
    }

    /** Whether the calling thread is the one. */
    boolean isHere() {
        return Thread.currentThread() == thread;
    }

    private void run() {
        long idleSince = System.nanoTime();
        while (true) {
            boolean busy = doTasks();
            long pause = IDLE_NANOS;
            long now = System.nanoTime();
            while (!appointments.isEmpty() && appointments.peek().at() - now <= 0) {
                safely(appointments.poll().task());
                busy = true;
            }
            // In the order in which they came: that of priorities, with starts.
            for (Iterator<Activity> next = activities.iterator(); next.hasNext(); ) {
                long wait = stepSafely(next.next());
                if (wait == Activity.DONE) {
                    next.remove();
                } else {
                    pause = Math.min(pause, wait);
                }
                busy = true;
            }
            if (busy) {
                idleSince = System.nanoTime();
            }
            if (!appointments.isEmpty()) {
                pause = Math.min(pause, appointments.peek().at() - System.nanoTime());
            } else if (!busy && System.nanoTime() - idleSince >= IDLE_NANOS && hasEnded()) {
                return;
            }
            if (tasks.isEmpty() && pause > 0) {
                LockSupport.parkNanos(this, pause);
            }
        }
    }

    /** What comes after this finds no thread, and makes one. */
    private synchronized boolean hasEnded() {
        if (tasks.isEmpty()) {
            thread = null;
            return true;
        }
        return false;
    }

    /** Not all at once: many that are to be started must not hold up what is due. */
    private boolean doTasks() {
        boolean any = false;
        for (int i = 0; i < MOST_TASKS_A_TURN; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                break;
            }
            safely(task);
            any = true;
        }
        return any;
    }

    private static void safely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            report(e);
        }
    }

    private static long stepSafely(Activity activity) {
        try {
            return activity.step();
        } catch (RuntimeException | Error e) {
            report(e);
            return Activity.DONE;
        }
    }

    private static void report(Throwable failure) {
        try {
            LOG.log(Level.ERROR, "Supervision of one process failed; that of the others goes on", failure);
        } catch (RuntimeException | Error e) {
            // A handler of the log's that fails must not end the supervision of everybody.
        }
    }
}
