using Microsoft.EntityFrameworkCore;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddDbContext<OrdersContext>(o => o.UseNpgsql(builder.Configuration.GetConnectionString("Orders")));
builder.Services.AddHealthChecks();

var app = builder.Build();
using (var scope = app.Services.CreateScope())
    scope.ServiceProvider.GetRequiredService<OrdersContext>().Database.Migrate();
app.MapHealthChecks("/healthz");
app.MapGet("/orders", (OrdersContext db) => db.Orders.ToListAsync());
app.Run();
