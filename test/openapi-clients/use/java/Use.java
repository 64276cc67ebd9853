import java.math.BigDecimal;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.TasksApi;
import org.openapitools.client.model.CreateTask;
import org.openapitools.client.model.CreateTaskExport;
import org.openapitools.client.model.PayloadExport;
import org.openapitools.client.model.PayloadExportFilter;
import org.openapitools.client.model.PayloadExportFilterValue;
import org.openapitools.client.model.Task;
import org.openapitools.client.model.TaskStatus;

/** Uses the client that openapi-generator makes for Java. */
public class Use {
    public static void main(String[] arguments) throws ApiException {
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        TasksApi tasks = new TasksApi(client);
        String table = arguments[1];
        PayloadExportFilter filter = new PayloadExportFilter()
            .column("id").operator(PayloadExportFilter.OperatorEnum.GREATER_THAN).value(new PayloadExportFilterValue(BigDecimal.ONE));
        PayloadExport payload = new PayloadExport().table(table).filter(filter);
        CreateTaskExport export = new CreateTaskExport().type(CreateTaskExport.TypeEnum.EXPORT).payload(payload);
        Task created = tasks.createTask("ann", new CreateTask(export), table);
        Task task = tasks.getTask("ann", created.getTaskId(), null, null);
        if (created.getStatus() != TaskStatus.PENDING || task.getStatus() != TaskStatus.SUCCESSFUL) throw new IllegalStateException();
    }
}
