package com.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.example.tasks.Task;
import com.example.tasks.TaskFailure;
import com.example.tasks.TaskProcessor;

/** A processor that uses all that its task has. */
public class ExportOrders extends TaskProcessor<ExportOrders.Request, ExportOrders.Summary> {
    public record Request(int orders) { }

    public record Summary(int orders) { }

    public ExportOrders() {
        super(Request.class);
    }

    @Override
    protected Summary process(Task<Request> task) throws Exception {
        var orders = task.payload().orders();
        if (orders == 0) throw new TaskFailure("NoOrders", "there are no orders to export");
        task.upload("text/csv", "orders.csv", output -> {
            for (var order = 1; order <= orders; order++) {
                task.throwIfCancelled();
                output.write("A-%d,1999\n".formatted(order).getBytes(UTF_8));
                task.progress(100.0 * order / orders, order + " orders");
            }
        });
        return new Summary(orders);
    }
}
